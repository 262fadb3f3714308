#include "station.h"

#include "util/clock.h"

namespace pmd::conformance {

namespace {
constexpr uint32_t kMarker = 0x4D41524B;

std::string differing(const Bytes& got, const Bytes& expected) {
  if (got.size() != expected.size())
    return "its length is " + std::to_string(got.size()) + ", and not " + std::to_string(expected.size());
  size_t at = 0;
  while (got[at] == expected[at]) ++at;
  return "byte " + std::to_string(at) + " differs";
}
}  // namespace

void EventLog::add(const PortEvent& event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(event);
  added_.notify_all();
}

PortEvent EventLog::await(PortEvent::Kind kind, std::source_location where) {
  std::unique_lock lock(mutex_);
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    while (!events_.empty()) {
      const PortEvent event = events_.front();
      events_.pop_front();
      if (event.kind == kind) return event;
    }
    if (added_.wait_until(lock, deadline) == std::cv_status::timeout && events_.empty())
      throw Failure("no event of kind " + shown(kind) + " came", where);
  }
}

bool EventLog::seen(PortEvent::Kind kind) const {
  const std::lock_guard lock(mutex_);
  for (const PortEvent& event : events_)
    if (event.kind == kind) return true;
  return false;
}

Station::Station(std::unique_ptr<PciFunction> function, std::shared_ptr<Observations> observations,
                 PoolCache& cache, const StationOptions& options)
    : observations_(std::move(observations)),
      cache_(cache),
      port_(open_port_on(std::move(function),
                         PortConfig{.address = {},
                                    .pool = cache.shared_pool(),
                                    .rx_ring = options.rx_ring,
                                    .tx_ring = options.tx_ring,
                                    .chains = options.chains,
                                    .settings = options.settings,
                                    .huge_pages = HugePages::kTry},
                         [log = events_](const PortEvent& event) { log->add(event); })),
      outgoing_(options.burst, cache),
      incoming_(options.burst, cache),
      chains_(options.chains) {
  expect(rx().attach(cache_), "the RX queue was free");
  expect(tx().attach(cache_), "the TX queue was free");
}

Station::~Station() {
  close();
}

void Station::close() {
  if (!std::exchange(open_, false)) return;
  outgoing_.release();
  incoming_.release();
  port_->close();
  rx().detach(cache_);
  tx().detach(cache_);
}

void Station::set_mac(const MacAddress& mac) {
  port_->apply(SetMac{mac});
}
void Station::set_mac_unchecked(const MacAddress& mac) {
  port_->run([mac](Driver& driver) { return driver.apply(SetMac{mac}); });
}
void Station::set_mtu(uint16_t mtu) {
  port_->apply(SetMtu{mtu});
}
void Station::set_vlan(uint16_t id, bool member) {
  port_->apply(SetVlan{id, member});
}
void Station::set_multicast(std::vector<MacAddress> addresses, bool all) {
  port_->apply(SetMulticast{std::move(addresses), all});
}

void Station::put(Burst& burst, const Bytes& frame, uint16_t offset) {
  const uint32_t entry = burst.count();
  expect(eventually([&] {
           tx().reclaim();
           return burst.allocate(1) == 1;
         }),
         "the pool had a buffer for a frame to be sent");
  burst.offset()[entry] = offset;
  burst.length()[entry] = static_cast<uint16_t>(frame.size());
  std::ranges::copy(frame, cache_.pool().buffer(burst.index()[entry]) + offset);
}

void Station::send(const std::vector<Bytes>& frames, std::source_location where) {
  size_t next = 0;
  auto deadline = Deadline::in(kPatience);
  while (next < frames.size() || outgoing_.count() > 0) {
    while (next < frames.size() && outgoing_.count() < outgoing_.capacity()) put(outgoing_, frames[next++]);
    const int32_t sent = tx().send(outgoing_);
    if (sent < 0) throw Failure("the send was refused: " + std::to_string(sent), where);
    if (sent == 0 && deadline.passed())
      throw Failure(std::to_string(frames.size() - next + outgoing_.count()) + " frames could not be sent",
                    where);
  }
}

uint32_t Station::entries_at(uint32_t i) const noexcept {
  return incoming_.has_chains() ? incoming_.chain_length(i, incoming_.count()) : 1;
}

std::vector<Received> Station::receive(size_t count, std::source_location where) {
  std::vector<Received> frames;
  auto deadline = Deadline::in(kPatience);
  while (frames.size() < count) {
    const auto wanted = static_cast<uint32_t>(count - frames.size());
    // A frame of more entries than are wanted would be dropped.
    const int32_t got = rx().receive(incoming_, chains_ ? incoming_.capacity() : wanted);
    if (got < 0) throw Failure("the receive was refused: " + std::to_string(got), where);
    for (uint32_t i = 0; i < incoming_.count();) {
      const uint32_t first = i;
      Bytes bytes;
      for (const uint32_t end = i + entries_at(i); i < end; ++i) {
        const std::byte* data = cache_.pool().buffer(incoming_.index()[i]) + incoming_.offset()[i];
        bytes.insert(bytes.end(), data, data + incoming_.length()[i]);
      }
      if (is_ours(bytes))
        frames.push_back({std::move(bytes), incoming_.status()[first], incoming_.index()[first]});
    }
    expect_equal(incoming_.release(), Burst::kNoEntry, "releasing received frames", where);
    if (frames.size() < count && deadline.passed())
      throw Failure(std::to_string(frames.size()) + " of " + std::to_string(count) + " frames arrived",
                    where);
  }
  return frames;
}

void Station::drain_tx(std::source_location where) {
  if (!eventually([this] {
        tx().reclaim();
        return tx().pending() == 0;
      }))
    throw Failure(std::to_string(tx().pending()) + " descriptors were never done", where);
}

std::vector<Received> receive_all(Station& from, Station& to, std::source_location where) {
  const Bytes marker = make_frame(to.mac(), from.mac(), kSmallestFrame, kMarker);
  from.send({marker}, where);
  std::vector<Received> frames;
  for (;;) {
    Received one = std::move(to.receive(1, where)[0]);
    if (one.data == marker) return frames;
    frames.push_back(std::move(one));
  }
}

void expect_frames(const std::vector<Received>& received, const std::vector<Bytes>& expected,
                   std::source_location where) {
  for (size_t i = 0; i < std::min(received.size(), expected.size()); ++i)
    if (received[i].data != expected[i])
      throw Failure("frame " + std::to_string(i) + ": " + differing(received[i].data, expected[i]), where);
  expect_equal(received.size(), expected.size(), "frames received", where);
}

void expect_traffic(Station& a, Station& b, std::source_location where) {
  for (const auto& [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    std::vector<Bytes> frames;
    for (uint32_t i = 0; i < 20; ++i) frames.push_back(make_frame(to->mac(), from->mac(), 60 + 70 * i, i));
    from->send(frames, where);
    expect_frames(to->receive(frames.size(), where), frames, where);
  }
}

}  // namespace pmd::conformance
