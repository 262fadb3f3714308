#include "emulation/net/flood_peer.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pmd::emulation {

namespace {

constexpr uint32_t kSourceOffset = 6;
constexpr uint32_t kEtherTypeOffset = 12;
constexpr uint32_t kSequenceOffset = 14;
constexpr uint32_t kPlaces = 64;
/// A receiver that refuses a frame gets the next one this much later.
constexpr uint64_t kRefusedNs = 1'000'000;
constexpr uint32_t kPrefetchAhead = 6;
constexpr std::byte kEtherType[2] = {std::byte{0x88}, std::byte{0xB5}};

/// xorshift64*: a few cycles, and the same everywhere for a seed.
uint64_t next_random(uint64_t& state) noexcept {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1D;
}

uint64_t to_big_endian(uint64_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

}  // namespace

FloodPeer::FloodPeer(const Address& address)
    : min_size_(address.min_size),
      max_size_(address.max_size),
      // The state must not be zero; neighbouring seeds must not begin alike.
      random_((address.seed * 0x9E3779B97F4A7C15) | 1),
      pacer_(address.rate) {
  for (std::byte& byte : template_) byte = static_cast<std::byte>(next_random(random_) >> 56);
  std::memcpy(template_.data() + kSourceOffset, kFloodPeerMac.data(), kFloodPeerMac.size());
  std::memcpy(template_.data() + kEtherTypeOffset, kEtherType, sizeof(kEtherType));
}

bool FloodPeer::transmit(const std::byte*, uint32_t length, uint64_t, uint64_t) noexcept {
  ++received_;
  received_bytes_ += length;
  return true;
}

uint32_t FloodPeer::step(uint32_t budget, uint64_t now_ns) noexcept {
  if (receiver_ == nullptr || !refresh()) {
    was_ready_ = false;
    return 0;
  }
  if (!was_ready_) pacer_.idle(now_ns);  // nothing was due before the receiver was there
  was_ready_ = true;
  return pacer_.limited() ? send_paced(budget, now_ns) : send_all(budget, now_ns);
}

uint64_t FloodPeer::next_arrival() const noexcept {
  if (receiver_ == nullptr || !receiver_->ready()) return kNever;
  return pacer_.limited() ? pacer_.next() : next_try_ns_;
}

void FloodPeer::append_counters(CounterList& list) const {
  list.insert(list.end(), {{"peerSent", sent_},
                           {"peerSentBytes", sent_bytes_},
                           {"peerReceived", received_},
                           {"peerReceivedBytes", received_bytes_}});
}

/// Addresses the template to the receiver; false when there is nobody to send to.
bool FloodPeer::refresh() noexcept {
  const MacAddress& mac = receiver_->mac();
  if (!receiver_->ready() || is_zero(mac)) return false;
  std::memcpy(template_.data(), mac.data(), mac.size());
  return true;
}

uint32_t FloodPeer::next_length() noexcept {
  if (min_size_ == max_size_) return min_size_;
  const uint64_t span = max_size_ - min_size_ + 1;
  return min_size_ + static_cast<uint32_t>((next_random(random_) >> 32) * span >> 32);
}

uint32_t FloodPeer::make(std::byte* buffer) noexcept {
  const uint32_t length = next_length();
  // The smallest frame is the one whose cost counts: a copy of constant length is a few vector moves.
  if (length == kMinFrameOnWire) {
    std::memcpy(buffer, template_.data(), kMinFrameOnWire);
  } else {
    std::memcpy(buffer, template_.data(), length);
  }
  const uint64_t sequence = to_big_endian(sequence_++);
  std::memcpy(buffer + kSequenceOffset, &sequence, sizeof(sequence));
  sent_bytes_ += length;
  return length;
}

uint32_t FloodPeer::send_all(uint32_t budget, uint64_t now_ns) noexcept {
  next_try_ns_ = kNever;
  uint32_t done = 0;
  while (done < budget) {
    const uint32_t made = make_in_place(budget - done);
    if (made == 0) break;
    done += made;
  }
  if (done == 0) {
    std::array<std::byte, kMaxFloodFrame> frame;
    bool taken = true;
    while (taken && done < budget && receiver_->room(max_size_) != 0) {
      taken = receiver_->deliver(frame.data(), make(frame.data()), now_ns);
      ++done;
    }
    // The receiver does not want these frames: one now and then is enough to be counted, and leaves the
    // engine's thread in peace.
    if (!taken) {
      sent_ += done;
      next_try_ns_ = now_ns + kRefusedNs;
      return 0;
    }
  }
  sent_ += done;
  return done;
}

uint32_t FloodPeer::make_in_place(uint32_t budget) noexcept {
  std::array<Place, kPlaces> places;
  const uint32_t count = receiver_->reserve(std::span(places).first(std::min(budget, kPlaces)), max_size_);
  for (uint32_t i = 0; i < count; ++i) {
    // The lines come from another core: asked for early, and for writing.
    if (i + kPrefetchAhead < count) __builtin_prefetch(places[i + kPrefetchAhead].data, 1);
    places[i].length = places[i].data != nullptr ? make(places[i].data) : max_size_;
  }
  if (count != 0) receiver_->commit(std::span(places).first(count));
  return count;
}

uint32_t FloodPeer::send_paced(uint32_t budget, uint64_t now_ns) noexcept {
  std::array<std::byte, kMaxFloodFrame> frame;
  uint32_t done = 0;
  while (done < budget && pacer_.due(now_ns)) {
    const uint64_t slot = pacer_.take(now_ns);
    receiver_->deliver(frame.data(), make(frame.data()), slot);
    ++done;
  }
  sent_ += done;
  return done;
}

}  // namespace pmd::emulation
