#include "ports/pcap/writer.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ports/pcap/decoder.h"
#include "ports/pcap/pcapng.h"

namespace pmd::pcap {

namespace {

constexpr uint64_t kBillion = 1'000'000'000;
constexpr uint32_t kNanosecondMagic = 0xA1B23C4D;
constexpr uint32_t kSectionLength = 28, kInterfaceLength = 32;

}  // namespace

Writer::Writer(const std::string& path)
    : fd_(open_to_write(path)), is_pcapng_(path.ends_with(".pcapng")), bytes_(kBufferSize) {
  add_file_header();
  if (!flush()) throw error_of(path, fault_);
}

void Writer::add_file_header() noexcept {
  if (!is_pcapng_) {
    put32(kNanosecondMagic);
    put16(2);  // version 2.4
    put16(4);
    put32(0);
    put32(0);
    put32(kMaxCaptured);
    put32(kEthernet);
    return;
  }
  put32(block::kSection);
  put32(kSectionLength);
  put32(block::kByteOrder);
  put16(1);  // version 1.0
  put16(0);
  put32(UINT32_MAX);  // the section's length is not known
  put32(UINT32_MAX);
  put32(kSectionLength);
  put32(block::kInterface);
  put32(kInterfaceLength);
  put16(kEthernet);
  put16(0);
  put32(kMaxCaptured);
  put16(block::kResolution);
  put16(1);
  put32(block::kNanoseconds);
  put32(block::kEndOfOptions);
  put32(kInterfaceLength);
}

void Writer::add(uint64_t time_ns, std::span<const Part> parts) noexcept {
  uint32_t length = 0;
  for (const Part& part : parts) length += static_cast<uint32_t>(part.iov_len);
  const uint32_t whole = block::kPacketHeader + block::padded(length) + block::kTrailer;
  if (is_pcapng_) {
    put32(block::kEnhancedPacket);
    put32(whole);
    put32(0);  // the interface
    put32(static_cast<uint32_t>(time_ns >> 32));
    put32(static_cast<uint32_t>(time_ns));
  } else {
    put32(static_cast<uint32_t>(time_ns / kBillion));
    put32(static_cast<uint32_t>(time_ns % kBillion));
  }
  put32(length);
  put32(length);
  for (const Part& part : parts) put(part.iov_base, part.iov_len);
  if (!is_pcapng_) return;
  constexpr uint32_t kPadding = 0;
  put(&kPadding, block::padded(length) - length);
  put32(whole);
}

/// What did not go whole is cut off again.
bool Writer::flush() noexcept {
  size_t written = 0;
  while (written < used_) {
    const ssize_t went =
        pwrite(fd_.get(), bytes_.data() + written, used_ - written, static_cast<off_t>(good_ + written));
    if (went < 0 && errno == EINTR) continue;
    if (went <= 0) {
      fault_ = {Fault::Kind::kWrite, good_, static_cast<uint64_t>(went < 0 ? errno : ENOSPC)};
      [[maybe_unused]] const int cut = ftruncate(fd_.get(), static_cast<off_t>(good_));
      used_ = 0;
      return false;
    }
    written += static_cast<size_t>(went);
  }
  good_ += used_;
  used_ = 0;
  return true;
}

void Writer::put16(uint16_t value) noexcept {
  put(&value, sizeof(value));
}

void Writer::put32(uint32_t value) noexcept {
  put(&value, sizeof(value));
}

void Writer::put(const void* bytes, size_t size) noexcept {
  std::memcpy(bytes_.data() + used_, bytes, size);
  used_ += size;
}

}  // namespace pmd::pcap
