#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "util/unique_fd.h"

namespace pmd::qtest {

/// QEMU's qtest protocol: the machine's memory and ports, one line there and one back. Any thread.
class QtestSocket {
 public:
  explicit QtestSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  /// All ones once QEMU is gone.
  uint32_t read32(uint64_t address) noexcept;
  void write32(uint64_t address, uint32_t value) noexcept;
  uint16_t read16(uint64_t address) noexcept;
  void write16(uint64_t address, uint16_t value) noexcept;
  void out32(uint16_t port, uint32_t value) noexcept;
  bool alive() noexcept;

 private:
  std::optional<uint64_t> command(const char* text, int length) noexcept;
  template <typename... Values>
  std::optional<uint64_t> format(const char* pattern, Values... values) noexcept;

  std::mutex mutex_;
  UniqueFd fd_;
  bool dead_ = false;
};

}  // namespace pmd::qtest
