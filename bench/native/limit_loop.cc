#include "limit_loop.h"

#include <atomic>

#include "util/barrier.h"
#include "util/error.h"

namespace pmd::bench {

namespace {
constexpr uint32_t kCommand =
    igb::tx_cmd::DTYP_DATA | igb::tx_cmd::DEXT | igb::tx_cmd::IFCS | igb::tx_cmd::EOP;
/// The driver's cadence: a doorbell for as many slots of an RX ring as it has.
constexpr uint32_t kPublishEvery = 33;

/// A ring that ran dry, or full, would look fast.
[[noreturn, gnu::cold]] void not_there(const char* what) {
  throw Error(ErrorCode::kInternal, what, "use a larger ring");
}
}  // namespace

LimitLoop::LimitLoop(RawDevice& device, const Shape& shape)
    : device_(device), shape_(shape), rx_tail_(device.ring() - 1) {
  for (uint32_t slot = 0; slot < device.ring(); ++slot) {
    rx_addresses_.push_back(device.address_of(slot));
    tx_addresses_.push_back(device.address_of(device.ring() + slot));
    device.tx()[slot].olinfo_status = igb::tx_status::DD;  // never used: free
  }
}

void LimitLoop::measured() {
  // All in locals: the store into a frame may alias any member.
  const uint32_t mask = device_.ring() - 1, burst = shape_.burst;
  igb::RxDescriptor* const rx = device_.rx();
  igb::TxDescriptor* const tx = device_.tx();
  std::byte* const frames = device_.region()->data() - device_.base();
  uint64_t* const rx_addresses = rx_addresses_.data();
  uint64_t* const tx_addresses = tx_addresses_.data();
  const Doorbell rx_doorbell = device_.registers().doorbell(regs::RDT.at());
  const Doorbell tx_doorbell = device_.registers().doorbell(regs::TDT.at());
  uint32_t rx_next = rx_next_, tx_next = tx_next_, rx_tail = rx_tail_;
  for (uint32_t round = shape_.rounds(); round > 0; --round) {
    // Bursts divide the ring, so the last slot of those to be used had the last burst's report.
    igb::TxDescriptor& last = tx[(tx_next + burst - 1) & mask];
    if (!(std::atomic_ref(last.olinfo_status).load(std::memory_order_acquire) & igb::tx_status::DD))
      not_there("the TX ring is full");
    for (uint32_t count = 0; count < burst; ++count) {
      igb::RxDescriptor& in = rx[rx_next];
      const uint32_t status = std::atomic_ref(in.wb.status_error).load(std::memory_order_acquire);
      if (!(status & igb::rx_status::DD)) not_there("the RX ring is empty");
      const uint32_t length = in.wb.length;
      const uint64_t address = rx_addresses[rx_next];
      std::byte& first = frames[address];
      first = static_cast<std::byte>(std::to_integer<unsigned>(first) + 1);
      const uint64_t spare = tx_addresses[tx_next];
      const uint32_t report = count == burst - 1 ? igb::tx_cmd::RS : 0;
      tx[tx_next] = {address, kCommand | report | length, length << igb::tx_status::kPayloadLengthShift};
      in.read = {spare, 0};
      tx_addresses[tx_next] = address;
      rx_addresses[rx_next] = spare;
      rx_next = (rx_next + 1) & mask;
      tx_next = (tx_next + 1) & mask;
    }
    dma_write_barrier();
    if (((rx_next - 1 - rx_tail) & mask) >= kPublishEvery) {
      rx_tail = (rx_next - 1) & mask;
      rx_doorbell.ring(rx_tail);
    }
    tx_doorbell.ring(tx_next);
  }
  rx_next_ = rx_next;
  tx_next_ = tx_next;
  rx_tail_ = rx_tail;
}

}  // namespace pmd::bench
