#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace pmd::loopback {

/// One end of a cable: what takes the frames that come out of it.
class End {
 public:
  /// Takes a frame (no FCS), or drops it and counts that. The cable's lock is held.
  virtual void deliver(std::span<const std::byte> frame) noexcept = 0;

 protected:
  ~End() = default;
};

/// What connects the ports that were opened with one name. A port that is alone hears itself; two face each
/// other. Its lock guards both of them: a frame moves from one port to the other, or back, under a single
/// lock.
class Cable {
 public:
  static constexpr unsigned kEnds = 2;

  /// The cable of this name. It lives as long as somebody holds it.
  static std::shared_ptr<Cable> of(const std::string& name);

  /// Claims an end until unplug(). Throws Error(kBusy) when both are taken.
  unsigned plug(const std::string& address);
  void unplug(unsigned end) noexcept;

  std::mutex& lock() noexcept { return lock_; }

  // With the lock held.

  /// Frames come out at `receiver` from here on; null: they get lost.
  void attach(unsigned end, End* receiver) noexcept { ends_[end].receiver = receiver; }
  void transmit(unsigned end, std::span<const std::byte> frame) noexcept;

 private:
  struct Plug {
    bool taken = false;
    End* receiver = nullptr;
  };

  std::mutex lock_;
  std::array<Plug, kEnds> ends_;
};

}  // namespace pmd::loopback
