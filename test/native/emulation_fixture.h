#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "emulation/devices/igbvf/emulated_function.h"
#include "emulation/net/flood_peer.h"
#include "nic/igbvf/descriptors.h"
#include "util/error.h"

// A driver of a few lines, on raw registers and rings, for the tests of the emulation only.

namespace fixture {

using namespace pmd;
using namespace pmd::emulation;
namespace cmd = igb::tx_cmd;

inline constexpr uint32_t kData = cmd::DTYP_DATA | cmd::DEXT | cmd::IFCS | cmd::EOP | cmd::RS;
using Bytes = std::vector<uint8_t>;
using Reply = std::array<uint32_t, 3>;

inline MacAddress test_mac(uint8_t last) {
  return {0x02, 0, 0, 0, 0, last};
}

inline Bytes frame_to(const MacAddress& to, const MacAddress& from, uint32_t length, uint8_t fill = 0x5A) {
  Bytes frame(length, fill);
  std::memcpy(frame.data(), to.data(), 6);
  std::memcpy(frame.data() + 6, from.data(), 6);
  frame[12] = 0x88;
  frame[13] = 0xB5;
  return frame;
}

struct Received {
  Bytes bytes;
  uint32_t status = 0;
  uint16_t vlan = 0;
};

class Driver {
 public:
  static constexpr uint32_t kBuffer = 2048;

  explicit Driver(const char* address, OpenOptions options = {}, uint32_t ring = 32)
      : stepped_(options.hand_stepped), size_(ring), function_(open_emulated(address, std::move(options))) {
    region_ = dma().memory().allocate(size_t{size_} * (2 * 16 + 2 * kBuffer) + 4096);
    base_ = dma().map(region_);
    rx_ring_ = reinterpret_cast<igb::RxDescriptor*>(region_->data());
    tx_ring_ = reinterpret_cast<igb::TxDescriptor*>(region_->data() + size_ * 16);
  }

  static OpenOptions by_hand() {
    OpenOptions options;
    options.hand_stepped = true;
    return options;
  }

  EmulatedFunction& function() { return *function_; }
  RegisterWindow& registers() { return function_->window(0, regs::kBarSize); }
  DmaSpace& dma() { return function_->dma(); }
  FaultInjector& faults() { return *function_->faults(); }
  SoftwareVf& device() { return function_->device(); }
  uint32_t read(const regs::Reg& reg, unsigned index = 0) { return registers().read32(reg.at(index)); }
  void write(const regs::Reg& reg, uint32_t value, unsigned index = 0) {
    registers().write32(reg.at(index), value);
  }
  uint64_t counter(std::string_view name) const {
    for (const auto& [key, value] : function_->counters()) {
      if (key == name) return value;
    }
    throw std::runtime_error("no counter " + std::string(name));
  }

  /// Lets the device work: by hand, or by giving its engine the processor.
  void pump() {
    if (stepped_) {
      device().step(64, now);
    } else {
      std::this_thread::yield();
    }
  }
  void settle(unsigned rounds = 20) {
    for (unsigned i = 0; i < rounds; ++i) pump();
  }

  uint32_t mailbox_status() { return cached_ |= read(regs::V2PMAILBOX); }
  bool take(uint32_t bits) {
    const bool seen = (mailbox_status() & bits) != 0;
    cached_ &= ~bits;
    return seen;
  }
  void post(const std::vector<uint32_t>& words) {
    write(regs::V2PMAILBOX, regs::v2pmailbox::VFU);
    for (unsigned i = 0; i < words.size(); ++i) write(regs::VMBMEM, words[i], i);
    write(regs::V2PMAILBOX, regs::v2pmailbox::REQ);
  }
  Reply fetch() {
    const Reply reply{read(regs::VMBMEM, 0), read(regs::VMBMEM, 1), read(regs::VMBMEM, 2)};
    write(regs::V2PMAILBOX, regs::v2pmailbox::ACK);
    return reply;
  }
  /// Word 0 is 0 when nothing came within the tries (by hand) or ever (with the engine).
  Reply request(const std::vector<uint32_t>& words) {
    cached_ = 0;
    post(words);
    for (unsigned i = 0; !stepped_ || i < 4; ++i) {
      pump();
      if (!take(regs::v2pmailbox::PFSTS)) continue;
      const Reply reply = fetch();
      pump();
      return reply;
    }
    return {};
  }
  Reply set_mac(const MacAddress& mac) {
    std::vector<uint32_t> words{igb::mbx::kSetMac, 0, 0};
    std::memcpy(words.data() + 1, mac.data(), 6);
    return request(words);
  }

  void program_rings() {
    const uint64_t rx = base_.value();
    const uint64_t tx = rx + size_ * 16;
    for (const auto& [low, high, length, value] : {std::tuple{regs::RDBAL, regs::RDBAH, regs::RDLEN, rx},
                                                   std::tuple{regs::TDBAL, regs::TDBAH, regs::TDLEN, tx}}) {
      write(low, static_cast<uint32_t>(value));
      write(high, static_cast<uint32_t>(value >> 32));
      write(length, size_ * 16);
    }
    for (const regs::Reg& reg : {regs::RDH, regs::RDT, regs::TDH, regs::TDT, regs::TDWBAL}) write(reg, 0);
    write(regs::SRRCTL, regs::srrctl::ADV_ONE_BUFFER | regs::srrctl::DROP_EN | 2);
    write(regs::RXDCTL, regs::dctl::ENABLE | regs::dctl::thresholds(8, 8, 1));
    write(regs::TXDCTL, regs::dctl::ENABLE | regs::dctl::thresholds(8, 1, 1));
    rx_next_ = tx_next_ = tx_done_ = 0;
  }
  void arm(uint32_t index) { rx_ring_[index].read = {rx_address(index), 0}; }
  void arm_all() {
    for (uint32_t i = 0; i < size_; ++i) arm(i);
    write(regs::RDT, size_ - 1);
  }
  /// Reset, handshake, MAC, rings, bus master: ready to send and receive.
  void start(const MacAddress& mac) {
    write(regs::CTRL, regs::ctrl::RST);
    request({igb::mbx::kReset});
    set_mac(mac);
    program_rings();
    function_->set_bus_master(true);
    arm_all();
  }

  uint64_t rx_address(uint32_t index) const { return base_.value() + size_ * 32 + uint64_t{index} * kBuffer; }
  uint64_t tx_address(uint32_t index) const { return rx_address(size_ + index); }
  std::byte* host(uint64_t address) const { return region_->data() + (address - base_.value()); }
  uint64_t base() const { return base_.value(); }
  uint32_t ring_size() const { return size_; }
  igb::RxDescriptor& rx(uint32_t index) { return rx_ring_[index]; }
  igb::TxDescriptor& tx(uint32_t index) { return tx_ring_[index]; }
  uint32_t tx_next() const { return tx_next_; }

  void put(uint64_t address, uint32_t command, uint32_t olinfo) {
    tx_ring_[tx_next_] = {address, command, olinfo};
    tx_next_ = (tx_next_ + 1) % size_;
  }
  void ring_tx() { write(regs::TDT, tx_next_); }
  uint32_t load(const Bytes& bytes) {
    const uint32_t slot = tx_next_;
    std::memcpy(host(tx_address(slot)), bytes.data(), bytes.size());
    return slot;
  }
  /// Without the doorbell.
  uint32_t queue(const Bytes& frame, uint32_t extra = 0) {
    const uint32_t slot = load(frame);
    const auto length = static_cast<uint32_t>(frame.size());
    put(tx_address(slot), kData | extra | length, length << igb::tx_status::kPayloadLengthShift);
    return slot;
  }
  uint32_t send(const Bytes& frame) {
    const uint32_t slot = queue(frame);
    ring_tx();
    return slot;
  }
  bool tx_done(uint32_t slot) {
    return std::atomic_ref<uint32_t>(tx_ring_[slot].olinfo_status).load(std::memory_order_acquire) &
           igb::tx_status::DD;
  }
  bool rx_ready() {
    return std::atomic_ref<uint32_t>(rx_ring_[rx_next_].wb.status_error).load(std::memory_order_acquire) &
           igb::rx_status::DD;
  }
  uint32_t rx_next() const { return rx_next_; }
  /// One descriptor's worth; re-arms it and gives back the tail. No status: nothing there.
  Received receive() {
    Received received;
    if (!rx_ready()) return received;
    const igb::RxWriteBack wb = rx_ring_[rx_next_].wb;
    const auto* data = reinterpret_cast<const uint8_t*>(host(rx_address(rx_next_)));
    received = {Bytes(data, data + wb.length), wb.status_error, wb.vlan};
    arm(rx_next_);
    write(regs::RDT, rx_next_);
    rx_next_ = (rx_next_ + 1) % size_;
    return received;
  }
  void skip_rx() { rx_next_ = (rx_next_ + 1) % size_; }

  uint64_t now = 1'000'000'000'000;

 private:
  bool stepped_;
  uint32_t size_;
  std::unique_ptr<EmulatedFunction> function_;
  std::shared_ptr<Region> region_;
  Iova base_;
  igb::RxDescriptor* rx_ring_ = nullptr;
  igb::TxDescriptor* tx_ring_ = nullptr;
  uint32_t rx_next_ = 0;
  uint32_t tx_next_ = 0;
  uint32_t tx_done_ = 0;
  uint32_t cached_ = 0;
};

/// Two started ports, stepped by hand, facing each other.
struct Pair {
  explicit Pair(const char* address_a = "emu:pair", const char* address_b = "emu:pair")
      : a(address_a, Driver::by_hand()), b(address_b, Driver::by_hand()) {
    a.start(test_mac(1));
    b.start(test_mac(2));
  }
  void settle(unsigned rounds = 20) {
    for (unsigned i = 0; i < rounds; ++i) {
      a.pump();
      b.pump();
    }
  }
  /// Moves both clocks.
  void at(uint64_t ns) { a.now = b.now = ns; }
  Driver a;
  Driver b;
};

}  // namespace fixture
