#include "qtest/guest_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "util/error.h"

namespace pmd::qtest {

namespace {
constexpr size_t kPage = 4096;
/// Below lie the PC's holes and, from 1 MiB on, what the machine keeps for itself (interrupt words).
constexpr uint64_t kFirst = uint64_t{16} << 20;

size_t whole_pages(size_t size) {
  return (size + kPage - 1) / kPage * kPage;
}

IovaAllocator allocator_for(size_t size) {
  const IovaRange range{kFirst, size - 1};
  return IovaAllocator({&range, 1});
}
}  // namespace

class GuestMemory::Piece final : public Region {
 public:
  Piece(std::shared_ptr<GuestMemory> memory, Iova address, size_t size)
      : memory_(std::move(memory)), address_(address) {
    data_ = memory_->at(address.value());
    size_ = size;
    std::memset(data_, 0, size_);
  }
  ~Piece() override {
    const std::lock_guard lock(memory_->mutex_);
    memory_->free_.free(address_);
  }
  Iova address() const noexcept { return address_; }
  const GuestMemory* memory() const noexcept { return memory_.get(); }

 private:
  std::shared_ptr<GuestMemory> memory_;
  Iova address_;
};

GuestMemory::GuestMemory(size_t size)
    : size_(size), fd_(memfd_create("guest-ram", MFD_CLOEXEC)), free_(allocator_for(size)) {
  if (!fd_ || ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
    throw Error(ErrorCode::kNoMemory, "no memory for the machine: " + errno_text(errno))
        .from("memfd_create", errno);
  void* const address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (address == MAP_FAILED)
    throw Error(ErrorCode::kNoMemory, "cannot map the machine's memory: " + errno_text(errno))
        .from("mmap", errno);
  base_ = static_cast<std::byte*>(address);
}

GuestMemory::~GuestMemory() {
  munmap(base_, size_);
}

std::shared_ptr<Region> GuestMemory::allocate(size_t size) {
  std::optional<Iova> address;
  {
    const std::lock_guard lock(mutex_);
    address = free_.allocate(whole_pages(size), kPage);
  }
  if (!address)
    throw Error(ErrorCode::kNoMemory, "the machine's memory is used up", "close ports, or use smaller pools");
  return std::make_shared<Piece>(shared_from_this(), *address, whole_pages(size));
}

Iova GuestMemory::address_of(const Region& region) const {
  const auto* piece = dynamic_cast<const Piece*>(&region);
  if (piece == nullptr || piece->memory() != this)
    throw Error(ErrorCode::kDma, "the machine cannot reach this memory",
                "create the pool from the bus's memory()");
  return piece->address();
}

}  // namespace pmd::qtest
