#pragma once

#include <cstdint>
#include <string>

#include "util/error.h"

namespace pmd {

class RegisterWindow;

/// A 32-bit register that the packet path writes. Its place was checked when it was made, so that a write
/// costs one virtual call.
class Doorbell {
 public:
  inline void ring(uint32_t value) const noexcept;

 private:
  friend class RegisterWindow;
  Doorbell(RegisterWindow& window, uint32_t offset) : window_(&window), offset_(offset) {}

  RegisterWindow* window_;
  uint32_t offset_;
};

/// The registers of one BAR, 8 to 64 bits wide. An access outside the window, or one that is not aligned,
/// reads all ones and writes nothing, as on a bus where nobody answers.
///
/// Threads may access different registers at once.
class RegisterWindow {
 public:
  virtual ~RegisterWindow() = default;
  RegisterWindow(const RegisterWindow&) = delete;
  RegisterWindow& operator=(const RegisterWindow&) = delete;

  /// Bytes.
  uint64_t size() const noexcept { return size_; }

  uint8_t read8(uint32_t offset) noexcept { return read<uint8_t>(offset); }
  uint16_t read16(uint32_t offset) noexcept { return read<uint16_t>(offset); }
  uint32_t read32(uint32_t offset) noexcept { return read<uint32_t>(offset); }
  uint64_t read64(uint32_t offset) noexcept { return read<uint64_t>(offset); }
  void write8(uint32_t offset, uint8_t value) noexcept { write(offset, value); }
  void write16(uint32_t offset, uint16_t value) noexcept { write(offset, value); }
  void write32(uint32_t offset, uint32_t value) noexcept { write(offset, value); }
  void write64(uint32_t offset, uint64_t value) noexcept { write(offset, value); }

  /// Throws Error(kInternal) when the register lies outside the window.
  Doorbell doorbell(uint32_t offset) {
    if (contains(offset, sizeof(uint32_t))) return Doorbell(*this, offset);
    throw Error(ErrorCode::kInternal, "no 32-bit register lies at offset " + std::to_string(offset),
                "report it: the driver is wrong");
  }

 protected:
  explicit RegisterWindow(uint64_t size) : size_(size) {}

  /// `bytes` is 1, 2, 4 or 8; the place was checked.
  virtual uint64_t load(uint32_t offset, unsigned bytes) noexcept = 0;
  virtual void store(uint32_t offset, unsigned bytes, uint64_t value) noexcept = 0;
  /// The same for 32 bits, where doorbells come straight to.
  virtual void store32(uint32_t offset, uint32_t value) noexcept = 0;

 private:
  friend class Doorbell;

  bool contains(uint32_t offset, unsigned bytes) const noexcept {
    return offset % bytes == 0 && bytes <= size_ && offset <= size_ - bytes;
  }
  template <typename Word>
  Word read(uint32_t offset) noexcept {
    return contains(offset, sizeof(Word)) ? static_cast<Word>(load(offset, sizeof(Word)))
                                          : static_cast<Word>(~Word{0});
  }
  template <typename Word>
  void write(uint32_t offset, Word value) noexcept {
    if (contains(offset, sizeof(Word))) store(offset, sizeof(Word), value);
  }

  const uint64_t size_;
};

inline void Doorbell::ring(uint32_t value) const noexcept {
  window_->store32(offset_, value);
}

/// A window over a device whose registers are 32 bits wide: narrower reads take a part of one, wider accesses
/// take two, low word first, and narrower writes change nothing.
class RegisterWindow32 : public RegisterWindow {
 protected:
  using RegisterWindow::RegisterWindow;

  virtual uint32_t load32(uint32_t offset) noexcept = 0;

 private:
  uint64_t load(uint32_t offset, unsigned bytes) noexcept final {
    if (bytes == 8) {
      const uint64_t low = load32(offset);
      return low | uint64_t{load32(offset + 4)} << 32;
    }
    return load32(offset & ~3u) >> (offset % 4 * 8);
  }
  void store(uint32_t offset, unsigned bytes, uint64_t value) noexcept final {
    if (bytes < 4) return;
    store32(offset, static_cast<uint32_t>(value));
    if (bytes == 8) store32(offset + 4, static_cast<uint32_t>(value >> 32));
  }
};

}  // namespace pmd
