#include "pci/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "util/descriptors.h"
#include "util/unique_fd.h"

namespace pmd::pci {

namespace {

/// No real group comes near this; a hostile tree must not make us read for ever.
constexpr size_t kMaximumEntries = 4096;
constexpr unsigned kMaximumFunctions = 256;

/// Throws Error(kDescriptors) when errno says that there is none left. A file that is not there is no error,
/// and says something about a device, but one that could not be opened does not.
void check_descriptor(const std::string& path, const char* call) {
  if (const int err = errno; lacks_descriptor(err)) throw descriptor_error("cannot read " + path, call, err);
}

/// The last component of where a link points.
std::optional<std::string> link_name(const std::string& path) {
  std::array<char, 4096> target;
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<size_t>(length) == target.size()) return std::nullopt;
  const std::string_view whole(target.data(), static_cast<size_t>(length));
  return std::string(whole.substr(whole.rfind('/') + 1));  // npos + 1 is 0: no slash, all of it
}

bool is_driver_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string read_driver(const std::string& device) {
  const auto name = link_name(device + "/driver");
  return name && is_driver_name(*name) ? *name : std::string();
}

std::optional<unsigned> read_group(const std::string& device) {
  const auto name = link_name(device + "/iommu_group");
  if (!name || name->empty() || name->size() > 9) return std::nullopt;
  unsigned group = 0;
  const auto [end, failure] = std::from_chars(name->data(), name->data() + name->size(), group);
  if (failure != std::errc() || end != name->data() + name->size()) return std::nullopt;
  return group;
}

uint64_t read_number(const std::string& path) {
  const auto text = read_text(path, 64);
  return text ? parse_number(*text).value_or(0) : 0;
}

std::optional<PciAddress> read_address_link(const std::string& path) {
  const auto name = link_name(path);
  return name ? PciAddress::try_parse(*name) : std::nullopt;
}

std::vector<GroupMember> read_members(const SysfsRoot& root, const std::string& device) {
  std::vector<GroupMember> members;
  for (const auto& name : list_names(device + "/iommu_group/devices")) {
    GroupMember member;
    // A group may hold what is not PCI; such a name is shown as it is, but no path is made of it.
    member.address = name;
    if (const auto address = PciAddress::try_parse(name)) {
      const auto path = root.device_path(address->to_string());
      member.driver = read_driver(path);
      member.class_code = static_cast<uint32_t>(read_number(path + "/class"));
    }
    members.push_back(std::move(member));
  }
  return members;
}

/// Reads the class out of configuration space itself: the kernel keeps copies of the rest, and a virtual
/// function has no vendor there.
bool reads_all_ones(const std::string& device) {
  constexpr size_t kClassRevision = 8;
  const auto config = read_text(device + "/config", kClassRevision + 4);
  return config && config->size() == kClassRevision + 4 &&
         config->substr(kClassRevision) == "\xff\xff\xff\xff";
}

/// Lines of "0x… 0x… direct". "direct-relaxable" is not enforced by the kernel.
bool has_direct_mapping(const std::string& device) {
  const auto text = read_text(device + "/iommu_group/reserved_regions");
  return text && text->find(" direct\n") != std::string::npos;
}

void read_group_facts(const SysfsRoot& root, const std::string& path, DeviceFacts& facts) {
  facts.iommu_group = read_group(path);
  if (!facts.iommu_group) return;
  const auto name = read_text(path + "/iommu_group/name", 64);
  // Kubernetes mounts /dev/vfio/noiommu-N as /dev/vfio/N, so the node's name proves nothing.
  facts.no_iommu_group = name && name->starts_with("vfio-noiommu");
  facts.direct_mapped = has_direct_mapping(path);
  facts.group_members = read_members(root, path);
}

template <typename Wanted>
std::vector<DeviceFacts> find_where(const SysfsRoot& root, Wanted wanted) {
  std::vector<DeviceFacts> found;
  for (const auto& name : list_names(root.sys + "/bus/pci/devices")) {
    const auto address = PciAddress::try_parse(name);
    if (!address) continue;
    auto facts = inspect(root, *address);
    if (wanted(facts)) found.push_back(std::move(facts));
  }
  return found;
}

}  // namespace

std::vector<std::string> list_names(const std::string& path) {
  struct Close {
    void operator()(DIR* directory) const { closedir(directory); }
  };
  std::vector<std::string> names;
  const std::unique_ptr<DIR, Close> directory(opendir(path.c_str()));
  if (!directory) {
    check_descriptor(path, "opendir");
    return names;
  }
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    if (names.size() == kMaximumEntries) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> read_text(const std::string& path, size_t limit) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    check_descriptor(path, "open");
    return std::nullopt;
  }
  std::string text(limit, '\0');
  size_t length = 0;
  while (length < limit) {
    const ssize_t got = read(fd.get(), text.data() + length, limit - length);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  text.resize(length);
  return text;
}

std::optional<uint64_t> parse_number(std::string_view text) noexcept {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_vfio_driver(std::string_view driver) noexcept {
  return driver.ends_with("vfio-pci") || driver.ends_with("vfio_pci");
}

bool has_sysfs(const SysfsRoot& root) {
  return !list_names(root.sys).empty();
}

DeviceFacts inspect(const SysfsRoot& root, const PciAddress& address) {
  DeviceFacts facts(address);
  const auto path = root.device_path(address.to_string());
  struct stat status;
  facts.exists = stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  if (!facts.exists) return facts;
  facts.answers = !reads_all_ones(path);
  facts.id.vendor = static_cast<uint16_t>(read_number(path + "/vendor"));
  facts.id.device = static_cast<uint16_t>(read_number(path + "/device"));
  facts.class_code = static_cast<uint32_t>(read_number(path + "/class"));
  facts.physical_function = read_address_link(path + "/physfn");
  facts.total_virtual_functions = static_cast<unsigned>(read_number(path + "/sriov_totalvfs"));
  for (unsigned i = 0; i < std::min(facts.total_virtual_functions, kMaximumFunctions); ++i) {
    const auto function = read_address_link(path + "/virtfn" + std::to_string(i));
    if (!function) break;
    facts.virtual_functions.push_back(*function);
  }
  facts.driver = read_driver(path);
  read_group_facts(root, path, facts);
  return facts;
}

std::vector<DeviceFacts> find_functions(const SysfsRoot& root, std::span<const PciId> ids) {
  return find_where(root, [ids](const DeviceFacts& facts) {
    return std::find(ids.begin(), ids.end(), facts.id) != ids.end();
  });
}

std::vector<DeviceFacts> find_physical_functions(const SysfsRoot& root, uint16_t vendor) {
  return find_where(root, [vendor](const DeviceFacts& facts) {
    return facts.id.vendor == vendor && facts.total_virtual_functions > 0;
  });
}

}  // namespace pmd::pci
