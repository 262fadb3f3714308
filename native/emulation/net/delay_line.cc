#include "emulation/net/delay_line.h"

#include <cstring>

namespace pmd::emulation {

// Every record is a multiple of 16 bytes, as is the capacity, so a header always fits before the end.
bool DelayLine::has_room(uint32_t length) const noexcept {
  const uint64_t record = record_bytes(length);
  const uint64_t left = left_before_end(end_);
  const uint64_t needed = record <= left ? record : left + record;
  return end_ - first_ + needed <= kCapacity;
}

bool DelayLine::push(uint64_t arrival_ns, const std::byte* frame, uint32_t length) {
  if (!has_room(length)) return false;
  if (!memory_) memory_.reset(new std::byte[kCapacity]);
  const uint64_t record = record_bytes(length);
  if (record > left_before_end(end_)) {
    const Header skip{0, 0, 1};
    std::memcpy(memory_.get() + end_ % kCapacity, &skip, sizeof(skip));
    end_ += left_before_end(end_);
  }
  const Header header{arrival_ns, length, 0};
  std::byte* place = memory_.get() + end_ % kCapacity;
  std::memcpy(place, &header, sizeof(header));
  std::memcpy(place + sizeof(header), frame, length);
  end_ += record;
  ++frames_;
  return true;
}

DelayLine::Header DelayLine::header_at(uint64_t position) const noexcept {
  Header header;
  std::memcpy(&header, memory_.get() + position % kCapacity, sizeof(header));
  return header;
}

uint64_t DelayLine::front_position() const noexcept {
  return header_at(first_).skip ? first_ + left_before_end(first_) : first_;
}

DelayLine::Frame DelayLine::front() const noexcept {
  const uint64_t position = front_position();
  const Header header = header_at(position);
  return {header.arrival_ns, memory_.get() + position % kCapacity + sizeof(Header), header.length};
}

void DelayLine::pop() noexcept {
  const uint64_t position = front_position();
  first_ = position + record_bytes(header_at(position).length);
  --frames_;
}

}  // namespace pmd::emulation
