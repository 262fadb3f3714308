#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "net/bpf/program.h"
#include "port/burst.h"

namespace pmd {

/// A program of the packet filter over the frames of a burst. Which of them match stands in a block that
/// JavaScript maps, too: nothing is read back from it. Of a frame of several entries the program sees the
/// bytes in the first; the length is that of all of them.
class Filter {
 public:
  static constexpr size_t kBlockSize = Burst::kMaxCapacity / 8;

  /// verify() has passed the program. `block` has kBlockSize bytes.
  Filter(std::span<const bpf::Instruction> verified, std::shared_ptr<void> block)
      : program_(verified), block_(std::move(block)) {}

  /// Sets the bit of each entry whose frame matches, and clears those of the others, in words of 32. Returns
  /// how many entries match, or a Refusal; bad_entry() is the entry then.
  int32_t match(const Burst& burst) noexcept;
  /// Keeps the frames that match, in order, and releases the others. Returns how many entries are left, or a
  /// Refusal, and nothing was released.
  int32_t apply(Burst& burst) noexcept;
  uint32_t bad_entry() const noexcept { return bad_entry_; }

 private:
  static constexpr uint32_t kWords = Burst::kMaxCapacity / 32;
  int32_t find(const Burst& burst, uint32_t count, uint32_t* words) noexcept;
  int32_t find_frames(const Burst& burst, uint32_t count, uint32_t* words) noexcept;
  /// The same where frames may take several entries.
  int32_t find_chains(const Burst& burst, uint32_t count, uint32_t* words) noexcept;

  const bpf::Program program_;
  const std::shared_ptr<void> block_;
  uint32_t bad_entry_ = 0;
};

}  // namespace pmd
