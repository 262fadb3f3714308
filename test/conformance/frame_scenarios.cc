#include <algorithm>
#include <numeric>

#include "packets.h"
#include "scenario.h"

namespace pmd::conformance {

namespace {

void expect_lengths(Station& from, Station& to, const std::vector<uint32_t>& lengths) {
  for (size_t next = 0; next < lengths.size();) {
    std::vector<Bytes> frames;
    for (; next < lengths.size() && frames.size() < 30; ++next)
      frames.push_back(make_frame(to.mac(), from.mac(), lengths[next], static_cast<uint32_t>(next)));
    from.send(frames);
    for (Bytes& frame : frames) frame = padded(std::move(frame));
    expect_frames(to.receive(frames.size()), frames);
  }
}

/// One frame of this length at this offset is refused, with nothing sent and nothing changed.
void expect_refused(Station& from, Station& to, uint32_t length, uint16_t offset = kHeadroom) {
  from.put(from.outgoing(), make_frame(to.mac(), from.mac(), kSmallestFrame, 1));
  from.outgoing().length()[0] = static_cast<uint16_t>(length);
  from.outgoing().offset()[0] = offset;
  expect_equal(from.tx().send(from.outgoing()), refuse(Refusal::kFrameLength),
               std::to_string(length) + " bytes at " + std::to_string(offset));
  expect_equal(from.outgoing().count(), 1u, "frames in the burst after a refusal");
  expect_equal(from.outgoing().release(), Burst::kNoEntry, "releasing what was refused");
}

}  // namespace

SCENARIO(frames, usual_lengths) {
  auto [a, b] = bench.open_pair();
  expect_lengths(
      a, b, {60, 61, 62, 63, 64, 65, 127, 128, 129, 255, 256, 512, 1023, 1024, 1025, 1499, 1500, 1513, 1514});
}

SCENARIO(frames, short_ones_are_padded_with_zeros) {
  auto [a, b] = bench.open_pair();
  // What the buffers held before must not go out: they are full of something else first.
  const auto before = make_frame(b.mac(), a.mac(), 1514, 7);
  a.send(std::vector<Bytes>(60, before));
  b.receive(60);
  std::vector<uint32_t> lengths(60 - 14);
  std::iota(lengths.begin(), lengths.end(), 14);
  // make_frame's type makes them ours from 14 bytes on.
  expect_lengths(a, b, lengths);
}

SCENARIO(frames, every_length_up_to_1514) {
  auto [a, b] = bench.open_pair();
  std::vector<uint32_t> lengths(1514 - 60 + 1);
  std::iota(lengths.begin(), lengths.end(), 60);
  expect_lengths(a, b, lengths);
}

SCENARIO(frames, largest_with_a_tag) {
  auto [a, b] = bench.open_pair();
  b.set_vlan(5, true);
  const Bytes frame = make_frame(b.mac(), a.mac(), 1518, 1, 5);
  a.send_one(frame);
  expect_frames(b.receive(1), {without_tag(frame)});
}

SCENARIO(frames, beyond_the_mtu_are_refused) {
  auto [a, b] = bench.open_pair();
  for (const uint32_t length : {1519u, 1520u, 2048u, 9000u, 65535u}) expect_refused(a, b, length);
  expect_traffic(a, b);
}

SCENARIO(frames, shorter_than_a_header_are_refused) {
  auto [a, b] = bench.open_pair();
  for (const uint32_t length : {0u, 1u, 13u}) expect_refused(a, b, length);
  expect_traffic(a, b);
}

SCENARIO(frames, that_leave_their_buffer_are_refused) {
  auto [a, b] = bench.open_pair();
  const uint32_t buffer_size = a.cache().pool().buffer_size();
  expect_refused(a, b, 1514, buffer_size - 1513);
  expect_refused(a, b, 60, buffer_size - 59);
  expect_refused(a, b, 60, 65535);
  expect_refused(a, b, 20, buffer_size - 20);  // its padding would leave it
  expect_traffic(a, b);
}

SCENARIO(frames, from_anywhere_in_the_buffer) {
  auto [a, b] = bench.open_pair();
  std::vector<Bytes> frames;
  for (const uint16_t offset : {0, 1, 2, 63, 64, 127, 128, 129, 600}) {
    frames.push_back(make_frame(b.mac(), a.mac(), 1514, offset));
    a.put(a.outgoing(), frames.back(), offset);
  }
  frames.push_back(make_frame(b.mac(), a.mac(), 64, 9));
  a.put(a.outgoing(), frames.back(), static_cast<uint16_t>(a.cache().pool().buffer_size() - 64));
  expect_equal(a.tx().send(a.outgoing()), static_cast<int32_t>(frames.size()), "frames sent");
  expect_frames(b.receive(frames.size()), frames);
}

SCENARIO(frames, across_pages) {
  // With small pages more than a third of the buffers have a page boundary in such a frame; each is used
  // here.
  auto [a, b] = bench.open_pair();
  Burst hoard(1024, a.cache());
  expect_equal(hoard.allocate(1024), 1024u, "buffers for every position in a page");
  for (uint32_t first = 0; first < hoard.count(); first += 16) {
    std::vector<Bytes> frames;
    a.outgoing().set_count(16);
    for (uint32_t i = 0; i < 16; ++i) {
      frames.push_back(make_frame(b.mac(), a.mac(), 1514, first + i));
      const uint32_t buffer = hoard.index()[first + i];
      std::copy(frames[i].begin(), frames[i].end(), a.cache().pool().buffer(buffer) + kHeadroom);
      a.outgoing().index()[i] = buffer;
      a.outgoing().offset()[i] = kHeadroom;
      a.outgoing().length()[i] = 1514;
    }
    expect_equal(a.tx().send(a.outgoing()), 16, "frames sent");
    expect_frames(b.receive(16), frames);
    a.drain_tx();
  }
  hoard.set_count(0);
}

SCENARIO(frames, largest_mtu) {
  auto [a, b] = bench.open_pair();
  a.set_mtu(2026);
  b.set_mtu(2026);
  expect_lengths(a, b, {1514, 1515, 1518, 1519, 2000, 2039, 2040, 2044});
  expect_refused(a, b, 2045);
  expect_equal(b.rx().stats().oversize.get(), 0u, "frames that took two buffers");
}

SCENARIO(frames, fill_the_buffers_of_a_larger_size_class) {
  for (const uint32_t data_room : {4096u, 10240u}) {
    PoolCache& pool = bench.make_pool(2048, data_room);
    Station& a = bench.open_with(pool, 0);
    Station& b = bench.open_with(pool, 1);
    const auto mtu = static_cast<uint16_t>(std::min(data_room - kFrameOverhead, 9216u));
    a.set_mtu(mtu);
    b.set_mtu(mtu);
    expect_lengths(a, b, {60, 1514, 2048, 2049, 4000, mtu + 14u, mtu + 18u});
    expect_refused(a, b, mtu + 19u);
    expect_equal(b.rx().stats().oversize.get(), 0u, "frames that took two buffers");
    bench.close(b);
    bench.close(a);
  }
}

SCENARIO(frames, of_several_buffers_go_out_and_come_in) {
  PoolCache& pool = bench.make_pool(2048);
  const StationOptions options{.rx_ring = 64, .chains = true};
  Station& a = bench.open_with(pool, 0, options);
  Station& b = bench.open_with(pool, 1, options);
  a.set_mtu(9000);
  b.set_mtu(9000);
  // More than the ring has slots, so that chains lie across its end, and plain frames between them.
  for (uint32_t round = 0; round < 20; ++round) {
    std::vector<Bytes> frames;
    for (const uint32_t length : {9014u, 60u, 2049u, 1514u, 4096u, 4097u})
      frames.push_back(
          make_frame(b.mac(), a.mac(), length, round * 8 + static_cast<uint32_t>(frames.size())));
    for (const Bytes& frame : frames) {
      const uint32_t first = a.outgoing().count();
      for (size_t at = 0; at < frame.size(); at += 1800) {
        const auto end = static_cast<ptrdiff_t>(std::min(at + 1800, frame.size()));
        a.put(a.outgoing(), Bytes(frame.begin() + static_cast<ptrdiff_t>(at), frame.begin() + end));
      }
      for (uint32_t i = first; i + 1 < a.outgoing().count(); ++i) a.outgoing().status()[i] |= rx_flag::kMore;
    }
    a.outgoing().set_has_chains(true);
    const auto entries = static_cast<int32_t>(a.outgoing().count());
    expect_equal(a.tx().send(a.outgoing()), entries, "entries sent");
    expect_frames(b.receive(frames.size()), frames);
    a.drain_tx();
  }
  expect_equal(a.tx().stats().packets.get(), 120u, "frames sent");
  expect_equal(b.rx().stats().packets.get(), 120u, "frames received");
  expect_traffic(a, b);
}

SCENARIO(frames, smallest_mtu) {
  auto [a, b] = bench.open_pair();
  a.set_mtu(68);
  b.set_mtu(68);
  expect_lengths(a, b, {60, 82, 86});
  expect_refused(a, b, 87);
}

SCENARIO(frames, receiver_with_a_smaller_mtu_is_spared) {
  auto [a, b] = bench.open_pair();
  a.set_mtu(2000);
  a.send({make_frame(b.mac(), a.mac(), 1519, 1), make_frame(b.mac(), a.mac(), 2018, 2)});
  expect_frames(receive_all(a, b), {});
  const Bytes fitting = make_frame(b.mac(), a.mac(), 1518, 3);
  a.send_one(fitting);
  expect_frames(b.receive(1), {fitting});
  expect_traffic(a, b);
}

SCENARIO(frames, mtu_goes_up_and_down) {
  auto [a, b] = bench.open_pair();
  for (const uint16_t mtu : {1500, 2026, 1000, 1500}) {
    a.set_mtu(mtu);
    b.set_mtu(mtu);
    expect_equal(a.port().snapshot().settings.mtu, mtu, "the MTU");
    expect_lengths(a, b, {60, mtu + 14u, mtu + 18u});
    expect_refused(a, b, mtu + 19u);
  }
}

SCENARIO(frames, checksum_verdicts_are_never_wrong) {
  auto [a, b] = bench.open_pair();
  const auto status_of = [&](bool good_ip, bool good_udp) {
    return send_packet(a, b,
                       make_packet(b.mac(), a.mac(), {.good_network = good_ip, .good_transport = good_udp}))
        .status;
  };
  using namespace rx_flag;
  expect((status_of(true, true) & (kIpBad | kL4Bad)) == 0, "good checksums are not called bad");
  expect((status_of(false, true) & kIpGood) == 0, "a bad IP checksum is not called good");
  expect((status_of(true, false) & kL4Good) == 0, "a bad UDP checksum is not called good");
}

}  // namespace pmd::conformance
