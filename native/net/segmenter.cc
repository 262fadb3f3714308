#include "net/segmenter.h"

#include <algorithm>
#include <cstring>

#include "net/fill_checksum.h"
#include "net/frame.h"
#include "net/ip.h"
#include "net/transport.h"

namespace pmd {

namespace {

constexpr unsigned kTcpFlagsAt = 13;
constexpr std::byte kFin{0x01}, kPsh{0x08}, kCwr{0x80};

}  // namespace

uint32_t repeated_header(std::span<const std::byte> head, size_t bytes, const Headers& headers) noexcept {
  if (!is_sound(headers, head.size())) return 0;
  uint32_t transport = 0;
  if (headers.transport == Headers::Transport::kUdp) transport = kUdpHeader;
  if (headers.transport == Headers::Transport::kTcp) transport = tcp_header(head, headers);
  if (transport < (headers.transport == Headers::Transport::kTcp ? kTcpHeader : kUdpHeader)) return 0;
  const uint32_t header = headers.transport_at + transport;
  return header <= head.size() && header < bytes ? header : 0;
}

void prepare_large_frame(std::span<std::byte> head, uint32_t bytes, const Headers& headers) noexcept {
  std::byte* const ip = head.data() + headers.network_at;
  const uint32_t length = bytes - headers.network_at;
  const uint32_t transport = bytes - headers.transport_at;
  if (headers.network == Headers::Network::kIpv4) {
    store_be16(ip + 2, length);
    fill_ip_checksum(head, headers);
  } else {
    store_be16(ip + 4, length - kIpv6Header);
  }
  if (headers.transport == Headers::Transport::kUdp)
    store_be16(head.data() + headers.transport_at + 4, transport);
  seed_l4_checksum(head, headers, static_cast<uint16_t>(transport));
}

bool Segmenter::begin(std::span<const std::byte> frame, uint32_t payload) noexcept {
  frame_ = {};
  at_ = 0;
  if (payload == 0 || frame.size() < kMinFrame) return false;
  headers_ = parse_headers(frame, kMacAddresses);
  const uint32_t header = repeated_header(frame, frame.size(), headers_);
  if (header == 0) return false;
  frame_ = frame;
  payload_ = payload;
  payload_at_ = at_ = header;
  count_ = 0;
  return true;
}

uint32_t Segmenter::length() const noexcept {
  return payload_at_ + std::min<uint32_t>(payload_, static_cast<uint32_t>(frame_.size()) - at_);
}

void Segmenter::next(std::byte* to) noexcept {
  const uint32_t bytes = length();
  std::memcpy(to, frame_.data(), payload_at_);
  std::memcpy(to + payload_at_, frame_.data() + at_, bytes - payload_at_);
  const std::span segment(to, bytes);
  set_ip(segment);
  if (headers_.transport == Headers::Transport::kTcp)
    set_tcp(to + headers_.transport_at, at_ + payload_ >= frame_.size());
  else
    store_be16(to + headers_.transport_at + 4, bytes - headers_.transport_at);
  fill_l4_checksum(segment, headers_);
  at_ += bytes - payload_at_;
  ++count_;
}

void Segmenter::set_ip(std::span<std::byte> segment) const noexcept {
  std::byte* const ip = segment.data() + headers_.network_at;
  const auto length = static_cast<uint32_t>(segment.size()) - headers_.network_at;
  if (headers_.network == Headers::Network::kIpv4) {
    store_be16(ip + 2, length);
    store_be16(ip + 4, load_be16(ip + 4) + uint32_t{count_});
    fill_ip_checksum(segment, headers_);
  } else {
    store_be16(ip + 4, length - kIpv6Header);
  }
}

/// FIN and PSH belong to the last segment, and CWR to the first.
void Segmenter::set_tcp(std::byte* tcp, bool is_last) const noexcept {
  const uint32_t sequence = load_be32(tcp + 4) + (at_ - payload_at_);
  store_be16(tcp + 4, sequence >> 16);
  store_be16(tcp + 6, sequence & 0xFFFF);
  if (!is_last) tcp[kTcpFlagsAt] &= ~(kFin | kPsh);
  if (count_ > 0) tcp[kTcpFlagsAt] &= ~kCwr;
}

}  // namespace pmd
