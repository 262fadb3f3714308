#include "ports/packet/block_ring.h"

#include <algorithm>
#include <bit>

namespace pmd::packet {

namespace {

/// More than a stack passes on in one piece.
constexpr uint32_t kBlock = 128 * 1024;
/// Each may have one frame only, when its time was up: the kernel drops frames once it has handed over all.
constexpr uint32_t kLeastBlocks = 32;
/// The kernel's least.
constexpr uint32_t kTimeMs = 1;

tpacket_req3 request(uint32_t slots, uint32_t frame) {
  const uint32_t slot_size = std::bit_ceil(frame);
  const uint32_t blocks = std::max(static_cast<uint32_t>(uint64_t{slots} * slot_size / kBlock), kLeastBlocks);
  return {.tp_block_size = kBlock,
          .tp_block_nr = blocks,
          .tp_frame_size = slot_size,
          .tp_frame_nr = kBlock / slot_size * blocks,
          .tp_retire_blk_tov = kTimeMs,
          .tp_sizeof_priv = 0,
          .tp_feature_req_word = 0};
}

}  // namespace

BlockRing::BlockRing(int fd, uint32_t slots, uint32_t frame)
    : memory_(fd, TPACKET_V3, request(slots, frame)) {}

bool BlockRing::is_filled() noexcept {
  if (left_ > 0) return true;
  const tpacket_hdr_v1& block = header();
  if (!(__atomic_load_n(&block.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) return false;
  left_ = block.num_pkts;
  at_ = block.offset_to_first_pkt;
  if (left_ > 0) return true;
  give_back();
  return false;
}

ReceivedFrame BlockRing::next() const noexcept {
  const auto& from = *reinterpret_cast<const tpacket3_hdr*>(memory_.block(block_) + at_);
  const auto* const bytes = reinterpret_cast<const std::byte*>(&from) + from.tp_mac;
  return {.bytes = {bytes, from.tp_snaplen},
          .length = from.tp_len,
          .status = from.tp_status,
          .tci = static_cast<uint16_t>(from.hv1.tp_vlan_tci),
          .tpid = from.hv1.tp_vlan_tpid};
}

void BlockRing::advance() noexcept {
  at_ += reinterpret_cast<const tpacket3_hdr*>(memory_.block(block_) + at_)->tp_next_offset;
  if (--left_ == 0) give_back();
}

void BlockRing::give_back() noexcept {
  __atomic_store_n(&header().block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  block_ = block_ + 1 == memory_.blocks() ? 0 : block_ + 1;
}

}  // namespace pmd::packet
