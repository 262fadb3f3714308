#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "nic/igbvf/descriptors.h"
#include "nic/igbvf/mailbox_messages.h"

namespace pmd::emulation {

/// What a context descriptor says (82576EB datasheet 7.2.2.2).
struct TxContext {
  enum class Transport : uint8_t { kUdp, kTcp, kSctp, kReserved };

  bool is_valid = false;
  bool is_ipv4 = false;
  Transport transport = Transport::kUdp;
  uint16_t tci = 0;
  uint32_t mac_length = 0;
  uint32_t network_length = 0;
  uint32_t transport_length = 0;
  uint32_t segment = 0;

  TxContext() = default;
  explicit TxContext(const igb::TxDescriptor& descriptor) noexcept;
};

/// Makes of a frame in memory the packets that go out: tags and checksums inserted (7.2.5), frames cut into
/// segments (7.2.4). Everything at the offsets that the context tells: the device looks at no header that it
/// need not change.
class TxPackets {
 public:
  /// Bytes of a packet without FCS; a frame that is cut may have more.
  static constexpr uint32_t kMostBytes = igb::mbx::kMaxLpe - 4;
  static constexpr uint32_t kMostUncut = 0x3FFFF;  // PAYLEN has 18 bits

  /// `first`: the frame's first data descriptor; `frame` stays as it is until the last packet. False when the
  /// descriptors contradict the frame or each other.
  bool begin(const igb::TxDescriptor& first, const TxContext& context,
             std::span<const std::byte> frame) noexcept;
  uint32_t count() const noexcept { return count_; }
  /// One of them; valid until the next is asked for.
  std::span<const std::byte> packet(uint32_t number) noexcept;

 private:
  bool check_checksums() const noexcept;
  bool check_segments() noexcept;
  std::span<std::byte> build(uint32_t payload_at, uint32_t end) noexcept;
  void set_network(std::span<std::byte> packet, uint32_t number) const noexcept;
  void set_transport(std::span<std::byte> packet, uint32_t number) const noexcept;
  void sum_network(std::span<std::byte> packet) const noexcept;
  void sum_transport(std::span<std::byte> packet) const noexcept;

  uint32_t network_at() const noexcept { return context_.mac_length; }
  uint32_t transport_at() const noexcept { return context_.mac_length + context_.network_length; }

  TxContext context_;
  std::span<const std::byte> frame_;
  bool has_tag_ = false, sums_network_ = false, sums_transport_ = false, is_cut_ = false;
  uint32_t header_ = 0;  ///< bytes that each packet repeats
  uint32_t count_ = 0;
  /// A packet that is not the frame as it is, behind room for the tag. Made when first needed.
  std::unique_ptr<std::byte[]> built_;
};

}  // namespace pmd::emulation
