#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "emulation/devices/igbvf/tx_packets.h"
#include "net/fill_checksum.h"
#include "net/frame.h"
#include "net/segmenter.h"
#include "nic/igbvf/tx_offload.h"

// The driver of igbvf, with the emulated device behind it, against the library's own software.

namespace pmd::test {

using Bytes = std::vector<std::byte>;

inline Bytes padded(std::span<const std::byte> frame, size_t to = kMinFrameOnWire) {
  Bytes bytes(frame.begin(), frame.end());
  if (bytes.size() < to) bytes.resize(to);
  return bytes;
}

/// A copy in memory of exactly its size, in which AddressSanitizer sees an access beyond either end.
class Exact {
 public:
  explicit Exact(std::span<const std::byte> from) : bytes_(new std::byte[from.size()]), size_(from.size()) {
    std::ranges::copy(from, bytes_.get());
  }
  std::span<std::byte> span() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  size_t size_;
};

/// Compares what both make of a frame and its request, of which the work is known and the segment right.
class OffloadAgreement {
 public:
  OffloadAgreement(std::span<const std::byte> frame, const TxRequest& request)
      : frame_(frame), request_(request) {
    const Exact bytes(frame);
    igbvf::TxOffload offload;
    why_ = plan_offload(request, {bytes.span(), static_cast<uint32_t>(frame.size()), kLongest}, offload);
    if (request.segment == 0)
      compare_whole(bytes, offload);
    else
      compare_segments(bytes, offload);
  }

  /// What they disagree about; empty: nothing.
  const std::string& difference() const noexcept { return difference_; }
  bool is_met() const noexcept { return why_ == Refusal{}; }

 private:
  static constexpr uint32_t kLongest = 9234;

  void compare_whole(const Exact& planned, const igbvf::TxOffload& offload) {
    const Exact software(frame_);
    const Headers headers = parse_headers(software.span(), kMacAddresses);
    const bool can =
        (!request_.wants(tx_request::kIpChecksum) || fill_ip_checksum(software.span(), headers)) &&
        (!request_.wants(tx_request::kL4Checksum) || fill_l4_checksum(software.span(), headers));
    if (can != is_met()) difference_ = can ? "the driver refuses it" : "software refuses it";
    if (!can || !is_met()) return;
    const Bytes wanted = with_tag({software.span().begin(), software.span().end()});
    const auto sent = packets(planned, offload);
    if (sent.size() != 1 || sent[0] != padded(wanted)) difference_ = "they send other bytes";
  }

  void compare_segments(const Exact& planned, const igbvf::TxOffload& offload) {
    Segmenter segmenter;
    const Exact software(frame_);
    const bool can = segmenter.begin(software.span(), request_.segment);
    if (is_met() && !can) difference_ = "software refuses it";
    if (!is_met() || !can || offload.is_cut_here) return;
    for (const Bytes& packet : packets(planned, offload)) {
      if (segmenter.done()) return void(difference_ = "the device makes more segments");
      Bytes wanted(segmenter.length());
      segmenter.next(wanted.data());
      if (packet != padded(with_tag(wanted))) return void(difference_ = "they make other segments");
    }
    if (!segmenter.done()) difference_ = "the device makes fewer segments";
  }

  /// The frame with the tag that is requested, if one is.
  Bytes with_tag(Bytes frame) const {
    if (!request_.wants(tx_request::kVlan)) return frame;
    frame.insert(frame.begin(), kVlanTag, std::byte{0});
    insert_vlan_tag(frame.data() + kVlanTag, kEtherTypeVlan, request_.tci());
    return frame;
  }

  /// What the emulated device sends.
  static std::vector<Bytes> packets(const Exact& planned, const igbvf::TxOffload& offload) {
    namespace cmd = igb::tx_cmd;
    const size_t least =
        offload.headers > 0 ? 0 : kMinFrameOnWire - (offload.command & cmd::VLE ? kVlanTag : 0);
    const Bytes frame = padded(planned.span(), least);
    const uint32_t payload = static_cast<uint32_t>(frame.size()) - offload.headers;
    const igb::TxDescriptor first{
        .address = 0,
        .cmd_type_length = cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS | offload.command,
        .olinfo_status = offload.status | payload << igb::tx_status::kPayloadLengthShift};
    const emulation::TxContext context(igbvf::context_descriptor(offload.context, 0));
    emulation::TxPackets device;
    std::vector<Bytes> sent;
    if (!device.begin(first, context, frame)) return sent;
    for (uint32_t i = 0; i < device.count(); ++i) sent.push_back(padded(device.packet(i)));
    return sent;
  }

  const std::span<const std::byte> frame_;
  const TxRequest request_;
  Refusal why_{};
  std::string difference_;
};

inline TxRequest request_of(uint32_t work, uint32_t segment) {
  TxRequest request;
  request.work = work;
  request.segment = segment;
  return request;
}

}  // namespace pmd::test
