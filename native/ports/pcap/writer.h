#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ports/pcap/fault.h"
#include "ports/pcap/file.h"

namespace pmd::pcap {

/// A capture file that is written: pcap with nanoseconds, or pcapng when its name ends so. What flush() has
/// written is whole at any time, also when the disk is full.
class Writer {
 public:
  /// The most bytes of a frame.
  static constexpr uint32_t kMaxFrame = 65'536;

  /// Throws as open_to_write(), and Error(kCaptureFile) when the header can't be written.
  explicit Writer(const std::string& path);

  using Part = iovec;
  /// The last time that the format can hold.
  uint64_t latest_ns() const noexcept { return is_pcapng_ ? UINT64_MAX : kLatestClassic; }
  /// Adds a frame, which flush() writes: has_room(), and it is of latest_ns() at most.
  void add(uint64_t time_ns, std::span<const Part> parts) noexcept;
  /// Writes what was added. False when that was not possible: none of it is in the file.
  bool flush() noexcept;
  /// Whether the next frame fits without a flush().
  bool has_room() const noexcept { return used_ + kMaxFrame + kMostHeader <= bytes_.size(); }

  const Fault& fault() const noexcept { return fault_; }

 private:
  static constexpr uint64_t kLatestClassic = (uint64_t{UINT32_MAX} + 1) * 1'000'000'000 - 1;
  static constexpr size_t kMostHeader = 64;
  static constexpr size_t kBufferSize = size_t{4} * kMaxFrame;

  void add_file_header() noexcept;
  void put16(uint16_t value) noexcept;
  void put32(uint32_t value) noexcept;
  void put(const void* bytes, size_t size) noexcept;

  const UniqueFd fd_;
  const bool is_pcapng_;
  std::vector<std::byte> bytes_;
  size_t used_ = 0;
  uint64_t good_ = 0;  ///< bytes of the file that are whole
  Fault fault_;
};

}  // namespace pmd::pcap
