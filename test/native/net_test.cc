#include <memory>
#include <random>
#include <vector>

#include "check.h"
#include "emulation/devices/igbvf/rx_report.h"
#include "net/checksum.h"
#include "net/fill_checksum.h"
#include "net/flow_hash.h"
#include "net/headers.h"
#include "nic/igbvf/descriptors.h"

using namespace pmd;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// An Ethernet header of this type, and what follows it.
std::vector<std::byte> frame_of(uint16_t type, std::initializer_list<int> rest) {
  std::vector<std::byte> frame(12);
  frame.push_back(static_cast<std::byte>(type >> 8));
  frame.push_back(static_cast<std::byte>(type));
  const auto more = bytes_of(rest);
  frame.insert(frame.end(), more.begin(), more.end());
  return frame;
}

}  // namespace

TEST(checksums_of_ipv4_and_udp_are_filled_in) {
  // Behind the UDP datagram lie three bytes that its length leaves out.
  auto frame = frame_of(0x0800, {0x45, 0x00, 0x00, 0x24, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xff, 0xff,
                                 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7, 0xc0, 0x01, 0xc0, 0x02,
                                 0x00, 0x0d, 0xff, 0xff, 'h',  'e',  'l',  'l',  'o',  0xaa, 0xbb, 0xcc});
  const Headers headers = parse_headers(frame, 12);
  CHECK(fill_ip_checksum(frame, headers));
  CHECK(fill_l4_checksum(frame, headers));
  CHECK_EQ(load_be16(&frame[24]), 0xb8b0);
  CHECK_EQ(load_be16(&frame[40]), 0xb9e4);
  frame.resize(46);  // the datagram is cut short
  CHECK(!fill_l4_checksum(frame, parse_headers(frame, 12)));
}

TEST(checksums_of_tcp_over_ipv6_are_filled_in) {
  auto frame = frame_of(
      0x86dd, {0x60, 0x00, 0x00, 0x00, 0x00, 0x17, 0x06, 0x40, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
               0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
               0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x00, 0x50, 0xc0, 0x01, 0x00, 0x00, 0x00, 0x01,
               0x00, 0x00, 0x00, 0x02, 0x50, 0x18, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 'a',  'b',  'c'});
  const Headers headers = parse_headers(frame, 12);
  CHECK(!fill_ip_checksum(frame, headers));
  CHECK(fill_l4_checksum(frame, headers));
  CHECK_EQ(load_be16(&frame[70]), 0x3612);
}

TEST(flows_hash_alike_in_both_directions) {
  const auto udp = [](int from, int to, int source, int destination) {
    return frame_of(0x0800, {0x45, 0,    0,  28, 0, 0,  0, 0,      64, 17,          0, 0, 10, 0,
                             0,    from, 10, 0,  0, to, 0, source, 0,  destination, 0, 8, 0,  0});
  };
  CHECK_EQ(flow_hash(udp(1, 2, 7, 9)), flow_hash(udp(2, 1, 9, 7)));
  CHECK(flow_hash(udp(1, 2, 7, 9)) != flow_hash(udp(1, 2, 7, 8)));
  CHECK(flow_hash(udp(1, 2, 7, 9)) != flow_hash(udp(1, 3, 7, 9)));
  CHECK_EQ(flow_hash(bytes_of("no frame")), 0u);
}

TEST(words_add_up_as_rfc_1071_has_it) {
  // Its example, section 3: 0001 f203 f4f5 f6f7 make ddf2, in network order.
  const auto example = bytes_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  const uint16_t folded = fold_sum(add_words(example));
  CHECK_EQ(load_be16(reinterpret_cast<const std::byte*>(&folded)), 0xddf2);
}

TEST(words_add_up_in_parts_of_any_even_length) {
  std::mt19937 random(1);
  for (size_t length = 0; length < 70; ++length) {
    std::vector<std::byte> data(length);
    for (std::byte& byte : data) byte = static_cast<std::byte>(random());
    const uint16_t whole = fold_sum(add_words(data));
    for (size_t first = 0; first <= length; first += 2) {
      const auto all = std::span(data);
      CHECK_EQ(fold_sum(add_words(all.subspan(first), add_words(all.first(first)))), whole);
    }
  }
}

TEST(crc32c_of_the_check_string) {
  CHECK_EQ(crc32c(bytes_of("123456789")), 0xE3069283u);
  CHECK_EQ(crc32c(bytes_of("6789"), crc32c(bytes_of("12345"))), 0xE3069283u);
  CHECK_EQ(crc32c({}), 0u);
}

TEST(headers_are_found_behind_tags) {
  constexpr int kIpv4[] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  for (const std::vector<int>& tags : std::vector<std::vector<int>>{
           {}, {0x81, 0, 0, 5}, {0x88, 0xA8, 0, 5}, {0x88, 0xA8, 0, 5, 0x81, 0, 0, 6}}) {
    std::vector<std::byte> frame(12);
    for (const int byte : tags) frame.push_back(static_cast<std::byte>(byte));
    frame.push_back(std::byte{0x08});
    frame.push_back(std::byte{0});
    for (const int byte : kIpv4) frame.push_back(static_cast<std::byte>(byte));
    frame.resize(frame.size() + 8);
    const Headers headers = parse_headers(frame, 12);
    CHECK(headers.network == Headers::Network::kIpv4);
    CHECK(headers.transport == Headers::Transport::kUdp);
    CHECK_EQ(headers.network_at, 14 + tags.size());
    CHECK_EQ(headers.transport_at, 34 + tags.size());
  }
}

TEST(headers_that_are_cut_short_are_unknown) {
  auto frame = frame_of(0x86DD, {0x60, 0, 0, 0, 0, 28, 60, 64});
  frame.resize(14 + 40);
  for (const int byte : {6, 0, 0, 0, 0, 0, 0, 0}) frame.push_back(static_cast<std::byte>(byte));
  frame.resize(frame.size() + 20);
  const Headers whole = parse_headers(frame, 12);
  CHECK(whole.network == Headers::Network::kIpv6 && whole.has_extensions);
  CHECK(whole.transport == Headers::Transport::kTcp);
  CHECK_EQ(whole.transport_at, 62u);
  for (size_t length = 0; length < frame.size(); ++length) {
    const Headers headers = parse_headers(std::span(frame).first(length), 12);
    CHECK(headers.transport == Headers::Transport::kOther);
    CHECK((headers.network == Headers::Network::kIpv6) == (length >= 56));
  }
}

TEST(an_authentication_header_counts_its_length_in_words) {
  // RFC 4302: 4 words, less two. Behind its 16 bytes stands UDP.
  auto frame = frame_of(0x86dd, {0x60, 0, 0, 0, 0, 24, 51, 64});
  frame.resize(54);
  for (const int byte : {17, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xc0, 1, 0, 53, 0, 8, 0, 0})
    frame.push_back(static_cast<std::byte>(byte));
  const Headers headers = parse_headers(frame, 12);
  CHECK(headers.transport == Headers::Transport::kUdp);
  CHECK_EQ(headers.transport_at, 70u);
}

TEST(a_fragment_header_is_as_long_as_it_is_whatever_its_reserved_byte_says) {
  auto frame = frame_of(0x86dd, {0x60, 0, 0, 0, 0, 16, 44, 64});
  frame.resize(54);
  for (const int byte : {17, 7, 0, 1, 0, 0, 0, 9, 0xc0, 1, 0, 53, 0, 8, 0, 0})
    frame.push_back(static_cast<std::byte>(byte));
  const Headers headers = parse_headers(frame, 12);
  CHECK(headers.transport == Headers::Transport::kOther);
  CHECK_EQ(headers.transport_at, 62u);
  CHECK_EQ(static_cast<unsigned>(headers.protocol), 17u);
}

TEST(reports_stay_inside_a_frame_of_random_bytes) {
  std::mt19937 random(7);
  constexpr uint16_t kTypes[] = {kEtherTypeIpv4, kEtherTypeIpv6, kEtherTypeVlan, kEtherTypeServiceVlan};
  uint32_t checked = 0;
  for (unsigned round = 0; round < 200'000; ++round) {
    // Exactly as long as it is, for AddressSanitizer.
    const size_t length = 14 + random() % 120;
    const auto frame = std::make_unique<std::byte[]>(length);
    for (size_t i = 0; i < length; ++i)
      frame[i] = static_cast<std::byte>(random() % 8 ? random() % 64 : random());
    const uint16_t type = kTypes[random() % 4];
    frame[12] = static_cast<std::byte>(type >> 8);
    frame[13] = static_cast<std::byte>(type);
    if (length > 14) frame[14] = type == kEtherTypeIpv4 ? std::byte{0x45} : frame[14];
    const auto report = emulation::report_headers({frame.get(), length}, 12);
    // What it checked it named, and what it calls wrong it checked.
    namespace rxs = igb::rx_status;
    CHECK(!(report.status & rxs::IPE) || (report.status & rxs::IPCS));
    CHECK(!(report.status & rxs::L4E) || (report.status & rxs::L4CS));
    CHECK(!(report.status & rxs::UDPCS) || (report.packet_info & igb::rx_type::UDP));
    CHECK(report.status == 0 || report.packet_info != 0);
    checked += report.status != 0;
  }
  CHECK(checked > 1000);
}

TEST(packet_types_are_the_datasheets) {
  auto ipv6 = frame_of(0x86DD, {0x60, 0, 0, 0, 0, 0, 59, 64});
  ipv6.resize(60);
  CHECK_EQ(emulation::report_headers(ipv6, 12).packet_info, igb::rx_type::IPV6);
  ipv6[20] = std::byte{0};  // a hop-by-hop header, and then UDP
  ipv6.resize(14 + 40 + 8);
  ipv6[54] = std::byte{17};
  ipv6.resize(ipv6.size() + 8);
  CHECK_EQ(emulation::report_headers(ipv6, 12).packet_info, igb::rx_type::IPV6_EXTENDED | igb::rx_type::UDP);
  auto arp = frame_of(0x0806, {0, 1, 8, 0});
  arp.resize(60);
  CHECK_EQ(emulation::report_headers(arp, 12).packet_info, 0u);
}
