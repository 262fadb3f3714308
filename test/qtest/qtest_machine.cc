#include "qtest/qtest_machine.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "util/error.h"
#include "util/eventfd.h"

namespace pmd::qtest {

using namespace std::chrono_literals;

namespace {

constexpr size_t kRam = size_t{384} << 20;
/// One word per vector, which the device's MSI-X messages are written to.
constexpr uint64_t kInterruptWords = 0x100000;
constexpr uint32_t kMessage = 1;

constexpr uint64_t kEcam = 0xE0000000;
constexpr unsigned kPfDevfn = 3 << 3;
constexpr unsigned kFirstVf = 0x80, kVfStride = 2;  // from the PF's SR-IOV capability
constexpr uint64_t kPfBar = 0xFE000000, kPfMsixBar = 0xFE080000, kVfBar = 0xFD000000, kVfMsixBar = 0xFD100000;

constexpr unsigned kCommand = 0x04, kRevision = 0x08;
constexpr uint16_t kMemory = 0x2, kMaster = 0x4;
constexpr unsigned kMsixControl = 0x72, kDeviceControl = 0xA8;
constexpr uint16_t kMsixEnable = 0x8000, kInitiateFlr = 0x8000;
constexpr unsigned kSriov = 0x160;
constexpr uint16_t kVfEnable = 0x9;  // and their memory space

/// How often the PF side looks at its mailboxes and at the interrupt words.
constexpr auto kTurn = 200us;
constexpr size_t kWireBacklog = 4096;

constexpr uint64_t config_of(unsigned devfn) {
  return kEcam + (uint64_t{devfn} << 12);
}

std::array<UniqueFd, 2> socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    throw std::runtime_error("socketpair: " + errno_text(errno));
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// The processor is not needed: at its reset vector it finds cli; hlt; and a jump back. (QEMU's accelerator
/// "qtest", which has none, is not in Debian's packages.)
UniqueFd halting_firmware() {
  constexpr off_t kSize = 0x10000, kResetVector = kSize - 16;
  constexpr uint8_t kHalt[] = {0xFA, 0xF4, 0xEB, 0xFD};
  UniqueFd fd(memfd_create("firmware", MFD_CLOEXEC));
  if (!fd || ftruncate(fd.get(), kSize) != 0 || pwrite(fd.get(), kHalt, sizeof(kHalt), kResetVector) < 0)
    throw std::runtime_error("memfd_create: " + errno_text(errno));
  return fd;
}

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

uint64_t QtestMachine::bar(unsigned vf) noexcept {
  return kVfBar + uint64_t{kBarSize} * vf;
}
uint64_t QtestMachine::config(unsigned vf) noexcept {
  return config_of(kPfDevfn + kFirstVf + kVfStride * vf);
}

QtestMachine::QtestMachine(unsigned vfs)
    : vfs_(vfs), qemu_(find_qemu()), memory_(std::make_shared<GuestMemory>(kRam)), claimed_(vfs) {
  for (unsigned i = 0; i < vfs * kVectors; ++i) vector_fds_.push_back(make_eventfd());
  start_qemu();
  find_pf();
  pf_ = std::make_unique<IgbPf>(
      IgbPf::Registers{
          .read = [this](uint32_t offset) { return socket_->read32(kPfBar + offset); },
          .write = [this](uint32_t offset, uint32_t value) { socket_->write32(kPfBar + offset, value); },
          .connect_link = [this] { connect_link(); }},
      vfs_);
  pf_->stop();
  pf_->start();
  thread_ = std::thread([this] { serve(); });
}

QtestMachine::~QtestMachine() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::vector<std::string> QtestMachine::arguments(int qtest_fd, int qmp_fd, int wire_fd) const {
  const std::string size = std::to_string(kRam);
  return {"-accel",
          "tcg",
          "-machine",
          "q35,memory-backend=ram",
          "-m",
          std::to_string(kRam >> 20),
          "-object",
          "memory-backend-file,id=ram,share=on,mem-path=" + path_of(memory_->fd()) + ",size=" + size,
          "-bios",
          firmware_,
          "-nodefaults",
          "-no-user-config",
          "-display",
          "none",
          "-chardev",
          "socket,id=qtest,fd=" + std::to_string(qtest_fd),
          "-qtest",
          "chardev:qtest",
          "-qtest-log",
          "/dev/null",
          "-chardev",
          "socket,id=qmp,fd=" + std::to_string(qmp_fd),
          "-mon",
          "chardev=qmp,mode=control",
          "-netdev",
          "socket,id=wire,fd=" + std::to_string(wire_fd),
          "-device",
          "igb,netdev=wire,addr=3.0,mac=52:54:00:aa:bb:00,romfile="};
}

void QtestMachine::start_qemu() {
  auto [qtest, qtest_theirs] = socket_pair();
  auto [qmp, qmp_theirs] = socket_pair();
  auto [wire, wire_theirs] = socket_pair();
  const UniqueFd firmware = halting_firmware();
  firmware_ = path_of(firmware.get());
  process_ =
      std::make_unique<QemuProcess>(qemu_, arguments(qtest_theirs.get(), qmp_theirs.get(), wire_theirs.get()),
                                    std::vector<int>{qtest_theirs.get(), qmp_theirs.get(), wire_theirs.get(),
                                                     firmware.get(), memory_->fd()});
  qtest_theirs.reset();
  qmp_theirs.reset();
  wire_theirs.reset();
  wire_ = std::move(wire);
  socket_ = std::make_unique<QtestSocket>(std::move(qtest));
  try {
    monitor_ = std::make_unique<QmpSocket>(std::move(qmp));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string(error.what()) + ": " + process_->complaints());
  }
}

void QtestMachine::find_pf() {
  // The PCI Express window is opened through the host bridge's PCIEXBAR, at 0x60.
  socket_->out32(0xCF8, 0x80000060);
  socket_->out32(0xCFC, kEcam | 1);
  socket_->out32(0xCF8, 0x80000064);
  socket_->out32(0xCFC, 0);
  const uint64_t pf = config_of(kPfDevfn);
  if (socket_->read32(pf) != 0x10C98086)
    throw std::runtime_error("the machine has no igb: " + process_->complaints());
  socket_->write32(pf + 0x10, kPfBar);
  socket_->write32(pf + 0x1C, kPfMsixBar);
  socket_->write32(pf + 0x20, 0);
  socket_->write16(pf + kCommand, kMemory | kMaster | 0x400);
  socket_->write32(pf + kSriov + 0x24, kVfBar);
  socket_->write32(pf + kSriov + 0x28, 0);
  socket_->write32(pf + kSriov + 0x30, kVfMsixBar);
  socket_->write32(pf + kSriov + 0x34, 0);
  socket_->write16(pf + kSriov + 0x10, static_cast<uint16_t>(vfs_));
  enable_vfs(true);
}

void QtestMachine::enable_vfs(bool on) {
  socket_->write16(config_of(kPfDevfn) + kSriov + 0x08, on ? kVfEnable : 0);
  // QEMU decodes a VF's BARs only with its own memory bit, which the PCI specification says is not used.
  if (on)
    for (unsigned vf = 0; vf < vfs_; ++vf) socket_->write16(config(vf) + kCommand, kMemory);
}

void QtestMachine::set_link(bool up) {
  cable_ = up;
  monitor_->execute(std::string(R"({"execute":"set_link","arguments":{"name":"wire","up":)") +
                    (up ? "true" : "false") + "}}");
  pf_->ping();
}

/// After a reset, with autonegotiation off, QEMU notices the link only when the cable is put in anew.
void QtestMachine::connect_link() {
  if (!cable_) return;
  monitor_->execute(R"({"execute":"set_link","arguments":{"name":"wire","up":false}})");
  monitor_->execute(R"({"execute":"set_link","arguments":{"name":"wire","up":true}})");
}

bool QtestMachine::claim(unsigned vf) {
  const std::lock_guard lock(mutex_);
  if (claimed_[vf]) return false;
  claimed_[vf] = true;
  return true;
}

void QtestMachine::unclaim(unsigned vf) noexcept {
  const std::lock_guard lock(mutex_);
  claimed_[vf] = false;
}

uint32_t QtestMachine::read_config(unsigned vf, uint16_t offset, unsigned bytes) noexcept {
  const uint32_t word = socket_->read32(config(vf) + (offset & ~3u)) >> (offset % 4 * 8);
  return bytes == 4 ? word : word & ((1u << bytes * 8) - 1);
}

bool QtestMachine::present(unsigned vf) noexcept {
  return socket_->read32(config(vf) + kRevision) != UINT32_MAX;
}

void QtestMachine::set_bus_master(unsigned vf, bool on) {
  const uint16_t command = socket_->read16(config(vf) + kCommand);
  socket_->write16(config(vf) + kCommand, static_cast<uint16_t>(on ? command | kMaster : command & ~kMaster));
}

void QtestMachine::set_interrupts(unsigned vf, bool on) {
  const uint64_t table = kVfMsixBar + uint64_t{kBarSize} * vf;
  for (unsigned vector = 0; vector < kVectors; ++vector) {
    const uint64_t entry = table + 16 * vector;
    socket_->write32(entry, static_cast<uint32_t>(kInterruptWords + 4 * (vf * kVectors + vector)));
    socket_->write32(entry + 4, 0);
    socket_->write32(entry + 8, kMessage);
    socket_->write32(entry + 12, on ? 0 : 1);
  }
  socket_->write16(config(vf) + kMsixControl, on ? kMsixEnable : 0);
}

void QtestMachine::reset_function(unsigned vf, std::chrono::milliseconds away) {
  const uint16_t command = socket_->read16(config(vf) + kCommand);
  const bool interrupts = (socket_->read16(config(vf) + kMsixControl) & kMsixEnable) != 0;
  socket_->write16(config(vf) + kDeviceControl, kInitiateFlr);
  std::this_thread::sleep_for(away);
  socket_->write16(config(vf) + kCommand, command);
  set_interrupts(vf, interrupts);
}

void QtestMachine::serve() {
  while (!stopping_) {
    pf_->serve();
    deliver_interrupts();
    receive_from_wire();
    std::this_thread::sleep_for(kTurn);
  }
}

void QtestMachine::deliver_interrupts() noexcept {
  auto* const words = reinterpret_cast<uint32_t*>(memory_->at(kInterruptWords));
  for (unsigned i = 0; i < vector_fds_.size(); ++i) {
    if (std::atomic_ref(words[i]).exchange(0) != 0) signal_eventfd(vector_fds_[i].get());
  }
}

void QtestMachine::receive_from_wire() {
  std::byte bytes[16384];
  for (;;) {
    const ssize_t got = recv(wire_.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got <= 0) break;
    partial_.insert(partial_.end(), bytes, bytes + got);
  }
  size_t position = 0;
  while (partial_.size() - position >= 4) {
    uint32_t length;
    std::memcpy(&length, partial_.data() + position, sizeof(length));
    length = ntohl(length);
    if (partial_.size() - position - 4 < length) break;
    const auto begin = partial_.begin() + static_cast<ptrdiff_t>(position + 4);
    const std::lock_guard lock(mutex_);
    outgoing_.emplace_back(begin, begin + length);
    if (outgoing_.size() > kWireBacklog) outgoing_.pop_front();
    position += 4 + length;
  }
  partial_.erase(partial_.begin(), partial_.begin() + static_cast<ptrdiff_t>(position));
}

void QtestMachine::inject(std::span<const std::byte> frame) {
  const uint32_t length = htonl(static_cast<uint32_t>(frame.size()));
  Frame message(sizeof(length) + frame.size());
  std::memcpy(message.data(), &length, sizeof(length));
  std::memcpy(message.data() + sizeof(length), frame.data(), frame.size());
  if (send(wire_.get(), message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size()))
    throw std::runtime_error("the wire is gone: " + errno_text(errno));
}

std::vector<Frame> QtestMachine::take_wire_frames() {
  const std::lock_guard lock(mutex_);
  std::vector<Frame> frames(std::make_move_iterator(outgoing_.begin()),
                            std::make_move_iterator(outgoing_.end()));
  outgoing_.clear();
  return frames;
}

}  // namespace pmd::qtest
