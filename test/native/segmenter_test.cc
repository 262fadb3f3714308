#include "net/segmenter.h"

#include <random>
#include <vector>

#include "check.h"
#include "net/checksum.h"
#include "net/headers.h"
#include "net/transport.h"

using namespace pmd;

namespace {

using Bytes = std::vector<std::byte>;

void append(Bytes& to, std::initializer_list<int> values) {
  for (const int value : values) to.push_back(static_cast<std::byte>(value));
}

struct Kind {
  bool is_ipv4;
  bool is_tcp;
  bool has_tag;
};
constexpr Kind kKinds[] = {{true, true, false},
                           {true, false, false},
                           {false, true, false},
                           {false, false, true},
                           {true, true, true}};
constexpr uint32_t kSequence = 0xFFFFFF00;  // which wraps
constexpr uint16_t kId = 0xFFFE;

/// A frame as a sender's stack leaves it to its NIC: lengths of the whole, no checksums.
Bytes large_frame(Kind kind, uint32_t payload) {
  Bytes frame(12, std::byte{2});
  if (kind.has_tag) append(frame, {0x81, 0x00, 0x00, 0x07});
  const uint32_t transport = kind.is_tcp ? 24 : 8;
  const uint32_t length = transport + payload;
  const int protocol = kind.is_tcp ? 6 : 17;
  const auto high = static_cast<int>(length >> 8 & 0xFF), low = static_cast<int>(length & 0xFF);
  if (kind.is_ipv4) {
    append(frame, {0x08, 0x00, 0x45, 0, high, low, kId >> 8, kId & 0xFF, 0x40, 0, 64, protocol, 0, 0});
    append(frame, {10, 0, 0, 1, 10, 0, 0, 2});
  } else {
    append(frame, {0x86, 0xDD, 0x60, 0, 0, 0, high, low, protocol, 64});
    for (int i = 0; i < 32; ++i) append(frame, {i});
  }
  if (kind.is_tcp) {
    append(frame, {0x12, 0x34, 0, 80, 0xFF, 0xFF, 0xFF, 0x00, 0, 0, 0, 1});
    append(frame, {0x60, 0x80 | 0x10 | 0x08 | 0x01, 0x10, 0, 0, 0, 0, 0, 2, 4, 5, 0xB4});  // CWR ACK PSH FIN
  } else {
    append(frame, {0x12, 0x34, 0, 53, high, low, 0, 0});
  }
  for (uint32_t i = 0; i < payload; ++i) frame.push_back(static_cast<std::byte>(i * 7));
  return frame;
}

void check_segment(const Bytes& segment, Kind kind, uint32_t number, uint32_t before, bool is_last) {
  const Headers headers = parse_headers(segment, 12);
  const std::span<const std::byte> bytes(segment);
  CHECK(headers.transport == (kind.is_tcp ? Headers::Transport::kTcp : Headers::Transport::kUdp));
  const std::byte* const ip = &segment[headers.network_at];
  const uint32_t network = static_cast<uint32_t>(segment.size()) - headers.network_at;
  CHECK_EQ(load_be16(ip + (kind.is_ipv4 ? 2 : 4)), kind.is_ipv4 ? network : network - 40);
  if (kind.is_ipv4) {
    CHECK_EQ(fold_sum(add_words(bytes.subspan(headers.network_at, 20))), 0xFFFF);
    CHECK_EQ(load_be16(ip + 4), static_cast<uint16_t>(kId + number));
  }
  const uint16_t length = transport_length(segment, headers);
  CHECK_EQ(length, segment.size() - headers.transport_at);
  const auto covered = bytes.subspan(headers.transport_at, length);
  CHECK_EQ(fold_sum(add_words(covered, sum_pseudo_header(segment, headers, length))), 0xFFFF);
  if (!kind.is_tcp) return;
  CHECK_EQ(load_be32(&segment[headers.transport_at + 4]), kSequence + before);
  const auto flags = std::to_integer<unsigned>(segment[headers.transport_at + 13]);
  CHECK_EQ(flags, 0x10u | (number == 0 ? 0x80u : 0u) | (is_last ? 0x09u : 0u));
}

}  // namespace

TEST(segments_put_together_are_what_was_cut) {
  for (const Kind kind : kKinds) {
    for (const uint32_t payload : {1u, 1447u, 1448u, 1449u, 2896u, 60'000u}) {
      const Bytes frame = large_frame(kind, payload);
      Segmenter segmenter;
      CHECK(segmenter.done());
      CHECK(segmenter.begin(frame, 1448));
      const size_t header = frame.size() - payload;
      Bytes together;
      for (uint32_t number = 0; !segmenter.done(); ++number) {
        Bytes segment(segmenter.length());
        segmenter.next(segment.data());
        check_segment(segment, kind, number, static_cast<uint32_t>(together.size()), segmenter.done());
        together.insert(together.end(), segment.begin() + static_cast<ptrdiff_t>(header), segment.end());
      }
      CHECK(together == Bytes(frame.end() - payload, frame.end()));
    }
  }
}

TEST(frames_that_lie_about_their_headers_are_not_cut_or_stay_within_themselves) {
  std::mt19937 random(1);
  uint32_t cut = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes frame = large_frame(kKinds[random() % std::size(kKinds)], random() % 3000);
    for (uint32_t flips = random() % 4; flips > 0; --flips)
      frame[12 + random() % std::min<size_t>(frame.size() - 12, 70)] = static_cast<std::byte>(random());
    frame.resize(random() % 2 == 0 ? frame.size() : random() % frame.size());
    const Bytes exact(frame);  // of its own size: a sanitizer sees what is read behind it
    Segmenter segmenter;
    if (!segmenter.begin(exact, random() % 1500)) continue;
    ++cut;
    while (!segmenter.done()) {
      CHECK(segmenter.length() <= exact.size());
      Bytes segment(segmenter.length());
      segmenter.next(segment.data());
    }
  }
  CHECK(cut > 1000);
}
