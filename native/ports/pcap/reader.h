#pragma once

#include <memory>
#include <string>

#include "ports/pcap/decoder.h"
#include "ports/pcap/file.h"
#include "ports/pcap/window.h"

namespace pmd::pcap {

/// A capture file that is read frame by frame: pcap or pcapng, of either byte order.
class Reader {
 public:
  /// Throws as open_to_read(), and Error(kCaptureFile) for what is no capture of Ethernet frames.
  explicit Reader(const std::string& path);

  /// Finds the next frame, which stays the next one until advance().
  Step peek() noexcept { return decoder_->peek(); }
  const Frame& frame() const noexcept { return decoder_->frame(); }
  void advance() noexcept { decoder_->advance(); }
  /// Goes back to the first frame.
  void rewind() noexcept { window_.seek(first_); }
  /// What is wrong, once peek() said so.
  const Fault& fault() const noexcept { return decoder_->fault(); }

 private:
  Window window_;
  std::unique_ptr<Decoder> decoder_;
  uint64_t first_ = 0;  ///< where the first record begins
};

}  // namespace pmd::pcap
