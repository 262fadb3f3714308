#include "packets.h"

#include <algorithm>
#include <cstring>

namespace pmd::conformance {

namespace {

constexpr uint8_t kDestinationOptions = 60, kFragmentHeader = 44;

void add8(Bytes& bytes, uint32_t value) {
  bytes.push_back(static_cast<std::byte>(value));
}
void add16(Bytes& bytes, uint32_t value) {
  add8(bytes, value >> 8);
  add8(bytes, value);
}
void put16(Bytes& bytes, size_t at, uint32_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}

/// The Internet checksum of RFC 1071, as its section 1 says it: word by word.
uint16_t checksum(std::span<const std::byte> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i < bytes.size(); ++i)
    sum += std::to_integer<uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

/// CRC-32C bit by bit.
uint32_t crc32c(std::span<const std::byte> bytes) {
  uint32_t crc = UINT32_MAX;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

/// Addresses of 4 or 16 bytes each, source and destination.
Bytes addresses(bool ipv6) {
  Bytes bytes;
  for (uint32_t host = 1; host <= 2; ++host) {
    for (const uint32_t byte : {10u, 0u, 0u, host}) add8(bytes, byte);
    for (int i = 0; ipv6 && i < 12; ++i) add8(bytes, host + 16);
  }
  return bytes;
}

Bytes transport_header(const PacketOptions& options) {
  Bytes bytes;
  switch (options.protocol) {
    case Protocol::kTcp:
      for (const uint32_t word : {1000, 2000, 0, 7, 0, 0, 0x5010, 1024, 0, 0}) add16(bytes, word);
      break;
    case Protocol::kUdp:
      for (const uint32_t word : {1000u, 2000u, 8 + options.payload, 0u}) add16(bytes, word);
      break;
    case Protocol::kSctp:
      for (const uint32_t word : {1000, 2000, 0, 7, 0, 0}) add16(bytes, word);
      break;
    case Protocol::kIcmp:
      for (const uint32_t word : {0x0800, 0, 1, 1}) add16(bytes, word);
      break;
  }
  return bytes;
}

Bytes segment(const PacketOptions& options) {
  Bytes bytes = transport_header(options);
  for (uint32_t i = 0; i < options.payload; ++i) add8(bytes, 3 * i + 1);
  const uint32_t spoiled = options.good_transport ? 0 : 0x0101;
  if (options.protocol == Protocol::kSctp) {
    const uint32_t crc = crc32c(bytes) ^ spoiled;
    std::memcpy(&bytes[8], &crc, sizeof(crc));
  } else if (options.protocol != Protocol::kIcmp && !options.unchecked) {
    Bytes pseudo = addresses(options.ipv6);
    add16(pseudo, static_cast<uint32_t>(options.protocol));
    add16(pseudo, static_cast<uint32_t>(bytes.size()));
    pseudo.insert(pseudo.end(), bytes.begin(), bytes.end());
    put16(bytes, options.protocol == Protocol::kTcp ? 16 : 6, checksum(pseudo) ^ spoiled);
  }
  return bytes;
}

Bytes ipv4_header(const PacketOptions& options, size_t payload) {
  const uint32_t words = options.extended ? 6 : 5;
  Bytes bytes;
  add16(bytes, 0x4000 | words << 8);
  add16(bytes, words * 4 + static_cast<uint32_t>(payload));
  add16(bytes, 0x1234);
  add16(bytes, options.fragment);
  add8(bytes, 64);
  add8(bytes, static_cast<uint32_t>(options.protocol));
  add16(bytes, 0);
  const Bytes both = addresses(false);
  bytes.insert(bytes.end(), both.begin(), both.end());
  bytes.resize(words * 4, std::byte{1});  // no operation
  put16(bytes, 10, checksum(bytes) ^ (options.good_network ? 0 : 0x0101));
  return bytes;
}

Bytes ipv6_header(const PacketOptions& options, size_t payload) {
  Bytes extension;
  const bool more = options.extended || options.fragment != 0;
  if (more) {
    add16(extension, static_cast<uint32_t>(options.protocol) << 8);
    add16(extension, options.fragment != 0 ? 8 : 0x0104);  // an offset, or padding
    extension.resize(8);
  }
  const uint32_t next = options.fragment != 0 ? kFragmentHeader
                        : options.extended    ? kDestinationOptions
                                              : static_cast<uint32_t>(options.protocol);
  Bytes bytes;
  add16(bytes, 0x6000);
  add16(bytes, 0);
  add16(bytes, static_cast<uint32_t>(extension.size() + payload));
  add16(bytes, next << 8 | 64);
  const Bytes both = addresses(true);
  bytes.insert(bytes.end(), both.begin(), both.end());
  bytes.insert(bytes.end(), extension.begin(), extension.end());
  return bytes;
}

}  // namespace

Bytes make_packet(const MacAddress& to, const MacAddress& from, const PacketOptions& options) {
  Bytes frame;
  for (const MacAddress& mac : {to, from})
    for (const uint8_t byte : mac) add8(frame, byte);
  if (options.tci) {
    add16(frame, 0x8100);
    add16(frame, *options.tci);
  }
  add16(frame, options.ipv6 ? 0x86DD : 0x0800);
  const Bytes rest = segment(options);
  const Bytes header = options.ipv6 ? ipv6_header(options, rest.size()) : ipv4_header(options, rest.size());
  frame.insert(frame.end(), header.begin(), header.end());
  frame.insert(frame.end(), rest.begin(), rest.end());
  return frame;
}

Received send_packet(Station& from, Station& to, const Bytes& frame, const Bytes& arriving,
                     std::source_location where) {
  from.send({frame}, where);
  Received received;
  expect(eventually([&] {
           Burst& burst = to.incoming();
           to.rx().receive(burst, 1);
           if (burst.count() == 0) return false;
           const std::byte* data = to.cache().pool().buffer(burst.index()[0]) + burst.offset()[0];
           received = {Bytes(data, data + burst.length()[0]), burst.status()[0], burst.index()[0]};
           expect_equal(burst.release(), Burst::kNoEntry, "releasing", where);
           return received.data == arriving;
         }),
         "the packet arrives unchanged", where);
  return received;
}

}  // namespace pmd::conformance
