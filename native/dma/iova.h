#pragma once

#include <compare>
#include <cstdint>

namespace pmd {

/// An address as the device sees it. A type of its own, so that it can't be mixed up with a pointer or a
/// length.
class Iova {
 public:
  constexpr Iova() = default;
  explicit constexpr Iova(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const noexcept { return value_; }
  constexpr Iova operator+(uint64_t bytes) const noexcept { return Iova(value_ + bytes); }
  constexpr auto operator<=>(const Iova&) const = default;

 private:
  uint64_t value_ = 0;
};

}  // namespace pmd
