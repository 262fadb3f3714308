#include "emulation/net/links.h"

#include <array>
#include <map>
#include <mutex>

#include "emulation/net/flood_peer.h"
#include "emulation/net/wire.h"
#include "util/error.h"

namespace pmd::emulation {

namespace {

/// The wires of this process, by name: who holds which end.
class Registry {
 public:
  static Registry& instance() {
    static Registry* const registry = new Registry;  // never deleted: ports may outlive main()
    return *registry;
  }

  std::unique_ptr<Link> open(const Address& address);
  void close(const std::string& name, unsigned side) noexcept;

 private:
  struct Entry {
    std::shared_ptr<Wire> wire;  ///< null with a flood peer
    std::array<bool, 2> taken{};
  };

  static unsigned take_side(Entry& entry, const Address& address);

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// A link that gives its name back when the device lets go of it.
template <typename Base>
class Registered final : public Link {
 public:
  template <typename... Args>
  Registered(std::string name, unsigned side, Args&&... args)
      : base_(std::forward<Args>(args)...), name_(std::move(name)), side_(side) {}
  ~Registered() override { Registry::instance().close(name_, side_); }

  SpinLock& lock() noexcept override { return base_.lock(); }
  void attach(Receiver* receiver) noexcept override { base_.attach(receiver); }
  bool transmit(const std::byte* frame, uint32_t length, uint64_t ready_ns,
                uint64_t now_ns) noexcept override {
    return base_.transmit(frame, length, ready_ns, now_ns);
  }
  void nothing_to_send(uint64_t now_ns) noexcept override { base_.nothing_to_send(now_ns); }
  uint32_t step(uint32_t budget, uint64_t now_ns) noexcept override { return base_.step(budget, now_ns); }
  uint64_t next_arrival() const noexcept override { return base_.next_arrival(); }
  uint64_t next_departure() const noexcept override { return base_.next_departure(); }
  uint64_t undelivered() const noexcept override { return base_.undelivered(); }
  void append_counters(CounterList& list) const override { base_.append_counters(list); }

 private:
  Base base_;
  std::string name_;
  unsigned side_;
};

unsigned Registry::take_side(Entry& entry, const Address& address) {
  const bool had_peer = entry.taken[0] && !entry.wire;
  if (had_peer || (entry.taken[0] && entry.taken[1]) ||
      (address.flood && (entry.taken[0] || entry.taken[1]))) {
    throw Error(
        ErrorCode::kBusy,
        "emu:" + address.name + (had_peer ? " is open with a flood peer at its far end" : " has no free end"),
        "close a port of that name, or take another name")
        .at(address.text);
  }
  const Wire* wire = entry.wire.get();
  if (wire != nullptr && ((address.rate != 0 && address.rate != wire->rate()) ||
                          (address.delay_ns != 0 && address.delay_ns != wire->delay_ns()))) {
    throw Error(ErrorCode::kAddress,
                "the far end of emu:" + address.name +
                    " was opened with rate=" + std::to_string(wire->rate()) +
                    " and delay=" + std::to_string(wire->delay_ns()) + "ns (0: none)",
                "leave rate= and delay= out at the second end, or repeat them")
        .at(address.text);
  }
  return entry.taken[0] ? 1 : 0;
}

std::unique_ptr<Link> Registry::open(const Address& address) {
  const std::lock_guard guard(mutex_);
  const auto found = entries_.find(address.name);
  Entry entry = found == entries_.end() ? Entry{} : found->second;
  const unsigned side = take_side(entry, address);
  if (!address.flood && !entry.wire) entry.wire = std::make_shared<Wire>(address.rate, address.delay_ns);
  entry.taken[side] = true;
  entries_.insert_or_assign(address.name, entry);
  try {
    if (address.flood) return std::make_unique<Registered<FloodPeer>>(address.name, side, address);
    return std::make_unique<Registered<WireEnd>>(address.name, side, entry.wire, side);
  } catch (...) {
    entry.taken[side] = false;
    entries_.insert_or_assign(address.name, entry);
    throw;
  }
}

void Registry::close(const std::string& name, unsigned side) noexcept {
  const std::lock_guard guard(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  found->second.taken[side] = false;
  if (!found->second.taken[0] && !found->second.taken[1]) entries_.erase(found);
}

}  // namespace

std::unique_ptr<Link> open_link(const Address& address) {
  return Registry::instance().open(address);
}

}  // namespace pmd::emulation
