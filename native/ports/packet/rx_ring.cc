#include "ports/packet/rx_ring.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "ports/kernel/vnet_header.h"
#include "util/error.h"

namespace pmd::packet {

namespace {

/// A block is one piece of memory that the kernel finds; smaller ones are found on any host.
constexpr uint32_t kBlock = 64 * 1024;
/// What stands before a frame in its slot: the kernel's header, its address, and the header of VIRTIO.
constexpr uint32_t kBefore = TPACKET2_HDRLEN + 16 + sizeof(kernel::VnetHeader) + TPACKET_ALIGNMENT;

void set(int fd, int option, const char* name, const void* value, socklen_t size) {
  if (setsockopt(fd, SOL_PACKET, option, value, size) == 0) return;
  const int err = errno;
  throw Error(ErrorCode::kNoMemory,
              std::string("the kernel refused ") + name + " of a packet socket: " + errno_text(err),
              "use a smaller rxRing")
      .from("setsockopt", err);
}

}  // namespace

RxRing::RxRing(int fd, uint32_t slots, uint32_t frame)
    : slot_size_(std::bit_ceil(frame + kBefore)),
      slots_per_block_(std::min(slots, std::max(kBlock / slot_size_, 1u))),
      block_size_(slot_size_ * slots_per_block_),
      blocks_(slots / slots_per_block_) {
  constexpr int kVersion = TPACKET_V2, kOn = 1;
  set(fd, PACKET_VERSION, "PACKET_VERSION", &kVersion, sizeof(kVersion));
  set(fd, PACKET_VNET_HDR, "PACKET_VNET_HDR", &kOn, sizeof(kOn));
  // What we send is not received again.
  set(fd, PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", &kOn, sizeof(kOn));
  // A frame that does not fit its slot is queued whole as well.
  set(fd, PACKET_COPY_THRESH, "PACKET_COPY_THRESH", &kOn, sizeof(kOn));
  const tpacket_req request{.tp_block_size = block_size_,
                            .tp_block_nr = blocks_,
                            .tp_frame_size = slot_size_,
                            .tp_frame_nr = blocks_ * slots_per_block_};
  set(fd, PACKET_RX_RING, "PACKET_RX_RING", &request, sizeof(request));
  void* const memory =
      mmap(nullptr, size_t{block_size_} * blocks_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED)
    throw Error(ErrorCode::kNoMemory, "cannot map the ring of a packet socket: " + errno_text(errno),
                "use a smaller rxRing")
        .from("mmap", errno);
  memory_ = static_cast<std::byte*>(memory);
}

void RxRing::release() noexcept {
  if (memory_ != nullptr) munmap(memory_, size_t{block_size_} * blocks_);
  memory_ = nullptr;
}

}  // namespace pmd::packet
