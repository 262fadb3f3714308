#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "nic/igbvf/registers.h"
#include "support/forwarding_function.h"

namespace pmd::conformance {

/// One write to TDT, and the descriptors that it handed over.
struct Doorbell {
  uint32_t descriptors = 0;
  std::vector<uint32_t> reports;  ///< which of them have RS, counted from 0
};

/// What went over the registers, as seen from between driver and device; outlives the device.
struct Observations {
  /// The thread that opened the port and sends and receives on it; the rest is the control thread.
  const std::thread::id packet_thread = std::this_thread::get_id();
  std::atomic<uint64_t> packet_thread_reads{0};
  /// Of the mailbox's register: while the driver waits for the PF it polls that.
  std::atomic<uint64_t> mailbox_polls{0};
  std::atomic<uint64_t> rx_doorbells{0};
  std::atomic<uint64_t> tx_doorbells{0};
  std::mutex mutex;
  std::vector<Doorbell> doorbells;  // guarded by mutex
};

/// Keeps count of what goes over the registers.
class ObservedFunction final : public ForwardingFunction, private DmaSpace {
 public:
  ObservedFunction(std::unique_ptr<PciFunction> function, std::shared_ptr<Observations> observations,
                   std::function<void()> on_close);
  ~ObservedFunction() override;

  RegisterWindow& window(unsigned bar, uint64_t least) override;
  DmaSpace& dma() noexcept override { return *this; }

 private:
  class Registers final : public RegisterWindow32 {
   public:
    explicit Registers(ObservedFunction& owner) : RegisterWindow32(regs::kBarSize), owner_(owner) {}

   private:
    uint32_t load32(uint32_t offset) noexcept override { return owner_.read(offset); }
    void store32(uint32_t offset, uint32_t value) noexcept override { owner_.write(offset, value); }

    ObservedFunction& owner_;
  };

  uint32_t read(uint32_t offset) noexcept;
  void write(uint32_t offset, uint32_t value) noexcept;
  MemorySource& memory() noexcept override { return inner().dma().memory(); }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override;
  void observe_doorbell(uint32_t tail);

  Registers registers_{*this};
  RegisterWindow* observed_ = nullptr;
  std::shared_ptr<Observations> observations_;
  std::function<void()> on_close_;
  std::map<Iova, std::shared_ptr<Region>> mapped_;
  uint64_t ring_base_ = 0;
  uint32_t ring_size_ = 0;
  uint32_t tail_ = 0;
};

}  // namespace pmd::conformance
