#include <linux/vfio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "check.h"
#include "vfio/capabilities.h"

namespace {

/// Bytes as the kernel would lay them out.
class Answer {
 public:
  template <typename T>
  Answer& put(const T& value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(value));
    return *this;
  }
  Answer& capability(uint16_t id, uint32_t next) { return put(vfio_info_cap_header{id, 1, next}); }
  std::span<const std::byte> bytes() const { return bytes_; }
  uint32_t size() const { return static_cast<uint32_t>(bytes_.size()); }

 private:
  std::vector<std::byte> bytes_;
};

vfio_iommu_type1_info iommu_head(uint32_t cap_offset) {
  vfio_iommu_type1_info info{};
  info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
  info.iova_pgsizes = 0x40201000;
  info.cap_offset = cap_offset;
  return info;
}

vfio_region_info region_head(uint32_t flags, uint64_t size, uint32_t cap_offset) {
  vfio_region_info info{};
  info.flags = flags;
  info.size = size;
  info.offset = uint64_t{3} << 40;
  info.cap_offset = cap_offset;
  return info;
}

}  // namespace

TEST(capabilities_iommu) {
  const uint32_t first = sizeof(vfio_iommu_type1_info);
  Answer answer;
  answer.put(iommu_head(first));
  answer.capability(VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, first + 16).put(uint32_t{65535}).put(uint32_t{0});
  answer.capability(VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 0).put(uint32_t{2}).put(uint32_t{0});
  answer.put(vfio_iova_range{0, 0xFEDFFFFF}).put(vfio_iova_range{0xFEF00000, 0x7FFFFFFFFF});
  const auto info = pmd::vfio::parse_iommu_info(answer.bytes());
  CHECK_EQ(info.page_sizes, uint64_t{0x40201000});
  CHECK_EQ(info.smallest_page(), uint64_t{4096});
  CHECK(info.mappings_available == 65535u);
  CHECK(info.ranges_reported);
  CHECK_EQ(info.ranges.size(), size_t{2});
  CHECK_EQ(info.ranges[1].last, uint64_t{0x7FFFFFFFFF});
}

TEST(capabilities_iommu_without_ranges_is_39_bits) {
  vfio_iommu_type1_info bare{};
  Answer answer;
  const auto info = pmd::vfio::parse_iommu_info(answer.put(bare).bytes());
  CHECK(!info.ranges_reported);
  CHECK(!info.mappings_available.has_value());
  CHECK_EQ(info.ranges.back().last, (uint64_t{1} << 39) - 1);
  CHECK_EQ(info.smallest_page(), uint64_t{4096});
}

TEST(capabilities_survive_hostile_answers) {
  const uint32_t first = sizeof(vfio_iommu_type1_info);
  Answer loop;
  loop.put(iommu_head(first)).capability(77, first);
  CHECK(!pmd::vfio::parse_iommu_info(loop.bytes()).ranges_reported);
  Answer outside;
  CHECK(!pmd::vfio::parse_iommu_info(outside.put(iommu_head(0xFFFFFFF0)).bytes()).ranges_reported);
  Answer cut;
  cut.put(iommu_head(first))
      .capability(VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 0)
      .put(~uint32_t{0})
      .put(uint32_t{0});
  cut.put(vfio_iova_range{0x1000, 0x1FFF});
  CHECK_EQ(pmd::vfio::parse_iommu_info(cut.bytes()).ranges.size(), size_t{1});
  for (size_t length = 0; length < cut.bytes().size(); ++length) {
    pmd::vfio::parse_iommu_info(cut.bytes().first(length));
    pmd::vfio::parse_region_info(cut.bytes().first(length));
  }
}

TEST(capabilities_region) {
  using pmd::vfio::parse_region_info;
  const uint32_t mmap = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP;
  Answer whole;
  auto region = parse_region_info(whole.put(region_head(mmap, 0x4000, 0)).bytes());
  CHECK_EQ(region.size, uint64_t{0x4000});
  CHECK_EQ(region.mappable, uint64_t{0x4000});
  CHECK_EQ(region.offset, uint64_t{3} << 40);
  Answer config;
  region = parse_region_info(config.put(region_head(VFIO_REGION_INFO_FLAG_READ, 0x1000, 0)).bytes());
  CHECK_EQ(region.mappable, uint64_t{0});
  const uint32_t first = sizeof(vfio_region_info);
  Answer sparse;
  sparse.put(region_head(mmap | VFIO_REGION_INFO_FLAG_CAPS, 0x8000, first));
  sparse.capability(VFIO_REGION_INFO_CAP_SPARSE_MMAP, 0).put(uint32_t{2}).put(uint32_t{0});
  sparse.put(vfio_region_sparse_mmap_area{0x5000, 0x3000}).put(vfio_region_sparse_mmap_area{0, 0x4000});
  CHECK_EQ(parse_region_info(sparse.bytes()).mappable, uint64_t{0x4000});
}
