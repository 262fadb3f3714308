#include "qtest/qemu_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "util/error.h"

extern char** environ;

namespace pmd::qtest {

namespace fs = std::filesystem;

namespace {

constexpr const char* kName = "qemu-system-x86_64";
constexpr int kOldest = 9;

/// For a program ROOT/usr/bin/…, whose libraries lie under ROOT unless ROOT is the system's own.
std::map<std::string, std::string> environment_of(const fs::path& program) {
  const fs::path root = program.parent_path().parent_path().parent_path();
  const fs::path libraries = root / "usr/lib/x86_64-linux-gnu";
  if (root == "/" || !fs::exists(libraries / "qemu")) return {};
  return {{"LD_LIBRARY_PATH", libraries.string() + ":" + (root / "lib/x86_64-linux-gnu").string()},
          {"QEMU_MODULE_DIR", (libraries / "qemu").string()}};
}

std::vector<fs::path> candidates() {
  if (const char* named = std::getenv("PMD_QEMU")) return {named};
  std::vector<fs::path> found;
  std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    found.push_back(fs::path(path.substr(begin, end - begin)) / kName);
    begin = end + 1;
  }
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path lab = fs::path(cache ? cache : std::string(home ? home : "") + "/.cache") / "vfio-pmd/lab";
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(lab, none))
    if (entry.path().filename().string().starts_with("tools-"))
      found.push_back(entry.path() / "root/usr/bin" / kName);
  return found;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Empty when it does not run.
std::string version_of(const Qemu& qemu) {
  std::string command;
  for (const auto& [name, value] : qemu.environment) command += name + "=" + shell_quoted(value) + " ";
  command += shell_quoted(qemu.program) + " -version 2>/dev/null";
  FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return {};
  char major[32] = "";
  const bool matched = fscanf(pipe, "QEMU emulator version %31s", major) == 1;
  char rest[512];
  while (fread(rest, 1, sizeof(rest), pipe) > 0) {
  }
  return pclose(pipe) == 0 && matched ? major : "";
}

std::vector<std::string> environment_for(const Qemu& qemu) {
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!qemu.environment.contains(text.substr(0, text.find('=')))) list.push_back(text);
  }
  for (const auto& [name, value] : qemu.environment) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers_to(std::vector<std::string>& list) {
  std::vector<char*> pointers;
  for (std::string& text : list) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Qemu find_qemu() {
  std::string looked_at;
  for (const fs::path& program : candidates()) {
    std::error_code none;
    if (!fs::exists(program, none)) continue;
    Qemu qemu{program.string(), environment_of(program), {}};
    qemu.version = version_of(qemu);
    if (std::atoi(qemu.version.c_str()) >= kOldest) return qemu;
    looked_at +=
        "; " + qemu.program + (qemu.version.empty() ? " does not run" : " is version " + qemu.version);
  }
  throw NoQemu("no QEMU of version 9 or newer: set PMD_QEMU, or run `pmd-bench lab setup`" + looked_at);
}

QemuProcess::QemuProcess(const Qemu& qemu, const std::vector<std::string>& arguments,
                         const std::vector<int>& fds)
    : errors_(memfd_create("qemu-stderr", MFD_CLOEXEC)) {
  // All that allocates comes before the fork: another thread may hold the heap's lock at that moment.
  std::vector<std::string> argument_list{qemu.program};
  argument_list.insert(argument_list.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment_list = environment_for(qemu);
  const std::vector<char*> argv = pointers_to(argument_list);
  const std::vector<char*> envp = pointers_to(environment_list);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork: " + errno_text(errno));
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above
  for (const int fd : fds) fcntl(fd, F_SETFD, 0);
  dup2(errors_.get(), STDERR_FILENO);
  execve(argv[0], argv.data(), envp.data());
  _exit(127);
}

QemuProcess::~QemuProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string QemuProcess::complaints() const {
  std::string text(4096, '\0');
  const ssize_t got = pread(errors_.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace pmd::qtest
