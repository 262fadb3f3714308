#include "ports/packet/ring_memory.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "util/error.h"

namespace pmd::packet {

namespace {

void set(int fd, int option, const char* name, const void* value, size_t size) {
  if (setsockopt(fd, SOL_PACKET, option, value, static_cast<socklen_t>(size)) == 0) return;
  const int err = errno;
  throw Error(ErrorCode::kNoMemory,
              std::string("the kernel refused ") + name + " of a packet socket: " + errno_text(err),
              "use a smaller rxRing")
      .from("setsockopt", err);
}

}  // namespace

RingMemory::RingMemory(int fd, int version, const void* request, size_t size, uint32_t block_size,
                       uint32_t blocks)
    : block_size_(block_size), blocks_(blocks) {
  constexpr int kOn = 1;
  set(fd, PACKET_VERSION, "PACKET_VERSION", &version, sizeof(version));
  set(fd, PACKET_VNET_HDR, "PACKET_VNET_HDR", &kOn, sizeof(kOn));
  // What we send is not received again.
  set(fd, PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", &kOn, sizeof(kOn));
  set(fd, PACKET_RX_RING, "PACKET_RX_RING", request, size);
  void* const memory =
      mmap(nullptr, size_t{block_size} * blocks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED)
    throw Error(ErrorCode::kNoMemory, "cannot map the ring of a packet socket: " + errno_text(errno),
                "use a smaller rxRing")
        .from("mmap", errno);
  memory_ = static_cast<std::byte*>(memory);
}

void RingMemory::release() noexcept {
  if (memory_ != nullptr) munmap(memory_, size_t{block_size_} * blocks_);
  memory_ = nullptr;
}

}  // namespace pmd::packet
