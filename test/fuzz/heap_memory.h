#pragma once

#include <algorithm>
#include <cstdlib>
#include <new>

#include "dma/region.h"

namespace fuzz {

/// Memory for a device from the heap, in which AddressSanitizer sees an access beyond either end, or after
/// the end.
class HeapMemory final : public pmd::MemorySource {
 public:
  std::shared_ptr<pmd::Region> allocate(size_t size) override { return std::make_shared<HeapRegion>(size); }

 private:
  class HeapRegion final : public pmd::Region {
   public:
    explicit HeapRegion(size_t size) {
      constexpr size_t kPage = 4096;
      size_ = (size + kPage - 1) / kPage * kPage;
      data_ = static_cast<std::byte*>(std::aligned_alloc(kPage, size_));
      if (data_ == nullptr) throw std::bad_alloc();
      std::fill_n(data_, size_, std::byte{0});
    }
    ~HeapRegion() override { std::free(data_); }
  };
};

}  // namespace fuzz
