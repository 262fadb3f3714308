#include "ports/pcap/window.h"

#include <unistd.h>

#include <cerrno>

namespace pmd::pcap {

bool Window::read(size_t n) noexcept {
  std::memmove(bytes_.data(), data(), available());
  end_ = available();
  begin_ = 0;
  while (end_ < n) {
    const ssize_t got =
        pread(fd_.get(), bytes_.data() + end_, kSize - end_, static_cast<off_t>(offset_ + end_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error_ = errno;
    if (got <= 0) return false;
    end_ += static_cast<size_t>(got);
  }
  return true;
}

void Window::skip(uint64_t n) noexcept {
  offset_ += n;
  if (n <= available())
    begin_ += n;
  else
    begin_ = end_ = 0;
}

void Window::seek(uint64_t offset) noexcept {
  offset_ = offset;
  begin_ = end_ = 0;
}

}  // namespace pmd::pcap
