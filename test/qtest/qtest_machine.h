#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "qtest/guest_memory.h"
#include "qtest/igb_pf.h"
#include "qtest/qemu_process.h"
#include "qtest/qmp_socket.h"
#include "qtest/qtest_socket.h"

namespace pmd::qtest {

using Frame = std::vector<std::byte>;

/// A PC with an igb in it, in a QEMU that executes nothing: this process plays the processor, the PF driver
/// and the far end of the wire. A thread of its own serves the PF side and turns interrupt messages into
/// eventfds.
class QtestMachine {
 public:
  static constexpr unsigned kVectors = 3;
  static constexpr uint32_t kBarSize = 0x4000;

  /// Throws NoQemu, std::runtime_error.
  explicit QtestMachine(unsigned vfs = 2);
  ~QtestMachine();
  QtestMachine(const QtestMachine&) = delete;
  QtestMachine& operator=(const QtestMachine&) = delete;

  const Qemu& qemu() const noexcept { return qemu_; }
  const std::shared_ptr<GuestMemory>& memory() const noexcept { return memory_; }
  IgbPf& pf() noexcept { return *pf_; }

  /// The cable of the PF; the PF driver tells its VFs.
  void set_link(bool up);
  /// As `echo N > sriov_numvfs` does with 0 and with the number of VFs.
  void enable_vfs(bool on);

  /// A frame from outside.
  void inject(std::span<const std::byte> frame);
  /// What went out since the last call.
  std::vector<Frame> take_wire_frames();

  // What a VF's bus needs.

  /// False when someone else has it.
  bool claim(unsigned vf);
  void unclaim(unsigned vf) noexcept;
  uint32_t read32(unsigned vf, uint32_t offset) noexcept { return socket_->read32(bar(vf) + offset); }
  void write32(unsigned vf, uint32_t offset, uint32_t value) noexcept {
    socket_->write32(bar(vf) + offset, value);
  }
  uint32_t read_config(unsigned vf, uint16_t offset, unsigned bytes) noexcept;
  bool present(unsigned vf) noexcept;
  void set_bus_master(unsigned vf, bool on);
  void set_interrupts(unsigned vf, bool on);
  /// FLR, and around it what the kernel does: command register and MSI-X are saved and restored. For as long
  /// as it is `away` (100 ms by the PCIe specification) the VF reads zeros.
  void reset_function(unsigned vf, std::chrono::milliseconds away = {});
  int vector_fd(unsigned vf, unsigned vector) const noexcept {
    return vector_fds_[vf * kVectors + vector].get();
  }

 private:
  static uint64_t bar(unsigned vf) noexcept;
  static uint64_t config(unsigned vf) noexcept;
  std::vector<std::string> arguments(int qtest_fd, int qmp_fd, int wire_fd) const;
  void start_qemu();
  void find_pf();
  void connect_link();
  void serve();
  void deliver_interrupts() noexcept;
  void receive_from_wire();

  const unsigned vfs_;
  const Qemu qemu_;
  std::string firmware_;
  std::shared_ptr<GuestMemory> memory_;
  UniqueFd wire_;
  std::unique_ptr<QtestSocket> socket_;
  std::unique_ptr<QmpSocket> monitor_;
  bool cable_ = true;
  std::unique_ptr<QemuProcess> process_;
  std::unique_ptr<IgbPf> pf_;
  std::vector<UniqueFd> vector_fds_;
  std::mutex mutex_;  // guards claimed_ and outgoing_
  std::vector<bool> claimed_;
  std::deque<Frame> outgoing_;
  Frame partial_;  // the thread's: what has arrived of the next frame
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pmd::qtest
