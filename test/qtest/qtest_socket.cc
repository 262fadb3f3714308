#include "qtest/qtest_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "support/limits.h"

namespace pmd::qtest {

namespace {
/// A register write that starts a whole ring of frames takes QEMU some milliseconds; more than this and it
/// hangs.
const auto kPatienceMs = static_cast<int>(test::limit(std::chrono::seconds(60)).count());
}  // namespace

std::optional<uint64_t> QtestSocket::command(const char* text, int length) noexcept {
  const std::lock_guard lock(mutex_);
  if (dead_ || send(fd_.get(), text, static_cast<size_t>(length), MSG_NOSIGNAL) != length) {
    dead_ = true;
    return std::nullopt;
  }
  char reply[128];
  size_t got = 0;
  do {
    pollfd waiting{fd_.get(), POLLIN, 0};
    const bool ready = poll(&waiting, 1, kPatienceMs) == 1;
    const ssize_t n = ready ? recv(fd_.get(), reply + got, sizeof(reply) - 1 - got, 0) : -1;
    if (n <= 0) {
      dead_ = true;
      return std::nullopt;
    }
    got += static_cast<size_t>(n);
  } while (reply[got - 1] != '\n' && got < sizeof(reply) - 1);
  reply[got] = '\0';
  if (std::strncmp(reply, "OK", 2) != 0) return std::nullopt;
  return std::strtoull(reply + 2, nullptr, 0);
}

template <typename... Values>
std::optional<uint64_t> QtestSocket::format(const char* pattern, Values... values) noexcept {
  char text[80];
  return command(text, std::snprintf(text, sizeof(text), pattern, values...));
}

uint32_t QtestSocket::read32(uint64_t address) noexcept {
  return static_cast<uint32_t>(format("readl 0x%" PRIx64 "\n", address).value_or(UINT32_MAX));
}

void QtestSocket::write32(uint64_t address, uint32_t value) noexcept {
  format("writel 0x%" PRIx64 " 0x%" PRIx32 "\n", address, value);
}

uint16_t QtestSocket::read16(uint64_t address) noexcept {
  return static_cast<uint16_t>(format("readw 0x%" PRIx64 "\n", address).value_or(UINT16_MAX));
}

void QtestSocket::write16(uint64_t address, uint16_t value) noexcept {
  format("writew 0x%" PRIx64 " 0x%x\n", address, unsigned{value});
}

void QtestSocket::out32(uint16_t port, uint32_t value) noexcept {
  format("outl 0x%x 0x%" PRIx32 "\n", unsigned{port}, value);
}

bool QtestSocket::alive() noexcept {
  const std::lock_guard lock(mutex_);
  return !dead_;
}

}  // namespace pmd::qtest
