#pragma once

#include <array>
#include <map>

#include "heap_memory.h"
#include "input.h"
#include "nic/igbvf/registers.h"
#include "pci/function.h"

namespace fuzz {

/// A device, and a PF behind its mailbox, that answer whatever the input says: sometimes what they should, so
/// that a driver gets on, sometimes anything. It watches what the driver asks of it.
class HostileFunction final : public pmd::PciFunction, private pmd::DmaSpace {
 public:
  explicit HostileFunction(Input& input);

  pmd::RegisterWindow& window(unsigned bar, uint64_t least) override;
  uint32_t read_config(uint16_t, unsigned) const noexcept override { return UINT32_MAX; }
  pmd::DmaSpace& dma() noexcept override { return *this; }
  void set_bus_master(bool on) override { bus_master_ = on; }
  void enable_interrupts() override;
  void disable_interrupts() noexcept override {}
  int vector_fd(unsigned) const noexcept override { return -1; }
  bool present() const noexcept override { return present_; }

  bool bus_master() const noexcept { return bus_master_; }
  size_t mappings() const noexcept { return regions_.size(); }

 private:
  class Registers final : public pmd::RegisterWindow32 {
   public:
    explicit Registers(HostileFunction& owner) : RegisterWindow32(pmd::regs::kBarSize), owner_(owner) {}

   private:
    uint32_t load32(uint32_t offset) noexcept override { return owner_.read(offset); }
    void store32(uint32_t offset, uint32_t value) noexcept override { owner_.write(offset, value); }

    HostileFunction& owner_;
  };

  uint32_t read(uint32_t offset) noexcept;
  void write(uint32_t offset, uint32_t value) noexcept;
  pmd::MemorySource& memory() noexcept override { return memory_; }
  pmd::Iova map(std::shared_ptr<pmd::Region> region) override;
  void unmap(pmd::Iova base) noexcept override;
  uint32_t mailbox_status() noexcept;
  uint32_t mailbox_word(unsigned index) noexcept;
  uint32_t anything(uint32_t offset) noexcept;
  void check_ring(uint32_t low, uint32_t high, uint32_t length) const noexcept;

  Registers registers_{*this};
  Input& input_;
  HeapMemory memory_;
  std::map<uint32_t, uint32_t> written_;
  std::map<uint64_t, std::shared_ptr<pmd::Region>> regions_;
  uint64_t next_ = uint64_t{1} << 32;
  uint32_t silent_reads_ = 0;
  bool bus_master_ = false;
  bool present_ = true;
};

}  // namespace fuzz
