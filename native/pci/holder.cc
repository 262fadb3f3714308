#include "pci/holder.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "util/clock.h"

namespace pmd::pci {

namespace {

constexpr auto kSearchTime = std::chrono::milliseconds(500);

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool has_open(const std::string& fd_directory, const std::string& node) {
  const Directory directory(opendir(fd_directory.c_str()));
  if (!directory) return false;
  std::array<char, 256> target;
  while (const dirent* entry = readdir(directory.get())) {
    const ssize_t length = readlinkat(dirfd(directory.get()), entry->d_name, target.data(), target.size());
    if (length > 0 && std::string_view(target.data(), static_cast<size_t>(length)) == node) return true;
  }
  return false;
}

/// A process names itself, so the name may hold anything.
std::string read_name(const std::string& process) {
  auto name = read_text(process + "/comm", 64).value_or("");
  if (name.ends_with('\n')) name.pop_back();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return name;
}

}  // namespace

std::optional<Holder> find_holder(const SysfsRoot& root, const std::string& node) {
  const Directory processes(opendir(root.proc.c_str()));
  if (!processes) return std::nullopt;
  auto deadline = Deadline::in(kSearchTime);
  while (const dirent* entry = readdir(processes.get())) {
    if (deadline.passed()) break;
    const auto pid = parse_number(entry->d_name);
    if (!pid || *pid > static_cast<uint64_t>(std::numeric_limits<int>::max())) continue;
    const auto process = root.proc + "/" + entry->d_name;
    if (has_open(process + "/fd", node)) return Holder{static_cast<int>(*pid), read_name(process)};
  }
  return std::nullopt;
}

}  // namespace pmd::pci
