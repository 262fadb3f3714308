#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pci/bus.h"

namespace pmd::conformance {

/// One write to TDT, and the descriptors that it handed over.
struct Doorbell {
  uint32_t descriptors = 0;
  std::vector<uint32_t> reports;  ///< which of them have RS, counted from 0
};

/// What went over a bus, as seen from between driver and bus; outlives the bus.
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

/// Passes everything on to another bus, and keeps count.
class ObservedBus final : public Bus {
 public:
  ObservedBus(std::unique_ptr<Bus> bus, std::shared_ptr<Observations> observations,
              std::function<void()> on_close);
  ~ObservedBus() override;

  uint32_t read32(uint32_t offset) noexcept override;
  void write32(uint32_t offset, uint32_t value) noexcept override;
  MemorySource& memory() noexcept override { return bus_->memory(); }
  Iova map(std::shared_ptr<Region> region) override;
  void unmap(Iova base) noexcept override;
  void reset() override { bus_->reset(); }
  void restore() override { bus_->restore(); }
  void set_bus_master(bool on) override { bus_->set_bus_master(on); }
  void enable_interrupts() override { bus_->enable_interrupts(); }
  void disable_interrupts() noexcept override { bus_->disable_interrupts(); }
  unsigned vector_count() const noexcept override { return bus_->vector_count(); }
  int vector_fd(unsigned vector) const noexcept override { return bus_->vector_fd(vector); }
  int error_fd() const noexcept override { return bus_->error_fd(); }
  int removal_fd() const noexcept override { return bus_->removal_fd(); }
  bool present() const noexcept override { return bus_->present(); }
  std::vector<std::pair<std::string, uint64_t>> counters() const override { return bus_->counters(); }

 private:
  void observe_doorbell(uint32_t tail);

  std::unique_ptr<Bus> bus_;
  std::shared_ptr<Observations> observations_;
  std::function<void()> on_close_;
  std::map<Iova, std::shared_ptr<Region>> mapped_;
  uint64_t ring_base_ = 0;
  uint32_t ring_size_ = 0;
  uint32_t tail_ = 0;
};

}  // namespace pmd::conformance
