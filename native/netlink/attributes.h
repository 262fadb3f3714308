#pragma once

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

namespace pmd::netlink {

/// Calls `visit(type, value)` for each attribute, up to the first that is malformed.
template <typename Visit>
void for_each_attribute(std::span<const std::byte> bytes, Visit visit) {
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.rta_len < sizeof(header) || header.rta_len > bytes.size()) return;
    visit(static_cast<uint16_t>(header.rta_type & NLA_TYPE_MASK),
          bytes.subspan(sizeof(header), header.rta_len - sizeof(header)));
    bytes = bytes.subspan(std::min<size_t>(RTA_ALIGN(header.rta_len), bytes.size()));
  }
}

/// A structure at the start of a value; nothing when the value is shorter.
template <typename Value>
std::optional<Value> read(std::span<const std::byte> value) noexcept {
  Value copy;
  if (value.size() < sizeof(copy)) return std::nullopt;
  std::memcpy(&copy, value.data(), sizeof(copy));
  return copy;
}

/// Text up to its first zero byte.
inline std::string read_string(std::span<const std::byte> value) {
  const auto end = std::find(value.begin(), value.end(), std::byte{0});
  return {reinterpret_cast<const char*>(value.data()), static_cast<size_t>(end - value.begin())};
}

}  // namespace pmd::netlink
