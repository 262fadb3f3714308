#include "net/flow_hash.h"

#include "net/headers.h"

namespace pmd {

namespace {

/// The finalizer of MurmurHash3: every bit of the input changes about half of the output's. It takes words of
/// 32 bits, so that JavaScript computes the same without big integers.
constexpr uint32_t mix(uint32_t value) noexcept {
  value = (value ^ value >> 16) * 0x85EBCA6B;
  value = (value ^ value >> 13) * 0xC2B2AE35;
  return value ^ value >> 16;
}

/// Hashes one end of a flow: its address, which has so many words, and its port. A product keeps apart ends
/// whose address and port differ by the same bits.
uint32_t hash_end(const std::byte* address, uint32_t words, uint32_t port) noexcept {
  uint32_t hash = port * 0x9E3779B1;
  for (uint32_t i = 0; i < words; ++i) hash = mix(hash ^ load_be32(address + 4 * i));
  return hash;
}

}  // namespace

uint32_t flow_hash(const std::byte* frame, const Layers& layers) noexcept {
  if (layers.version == 0) return mix(layers.ether_type);
  const uint32_t words = layers.version == 4 ? 1 : 4;
  const std::byte* const source = frame + layers.l3_at + (layers.version == 4 ? 12 : 8);
  const std::byte* const destination = source + 4 * words;
  uint32_t source_port = 0, destination_port = 0, protocol = 0;
  if (layers.fragment == Layers::Fragment::kNone && layers.has_ports()) {
    source_port = load_be16(frame + layers.l4_at);
    destination_port = load_be16(frame + layers.l4_at + 2);
    protocol = static_cast<uint32_t>(layers.protocol);
  }
  // A sum, for both directions to be the same.
  const uint32_t both = hash_end(source, words, source_port) + hash_end(destination, words, destination_port);
  return mix(both ^ protocol);
}

uint32_t flow_hash(std::span<const std::byte> frame) noexcept {
  return flow_hash(frame.data(), read_layers(frame));
}

}  // namespace pmd
