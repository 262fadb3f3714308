#include "loopback/cable.h"

#include <algorithm>
#include <map>
#include <utility>

#include "util/error.h"

namespace pmd::loopback {

std::shared_ptr<Cable> Cable::of(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Cable>> cables;
  const std::lock_guard guard(mutex);
  std::erase_if(cables, [](const auto& entry) { return entry.second.expired(); });
  auto& known = cables[name];
  std::shared_ptr<Cable> cable = known.lock();
  if (!cable) known = cable = std::make_shared<Cable>();
  return cable;
}

unsigned Cable::plug(const std::string& address) {
  const std::lock_guard guard(lock_);
  for (unsigned end = 0; end < kEnds; ++end)
    if (!std::exchange(ends_[end].taken, true)) return end;
  throw Error(ErrorCode::kBusy, "both ends of the cable are in use", "use another name than " + address);
}

void Cable::unplug(unsigned end) noexcept {
  const std::lock_guard guard(lock_);
  ends_[end] = {};
}

void Cable::transmit(unsigned end, std::span<const std::byte> frame) noexcept {
  const Plug& far = ends_[1 - end];
  End* const receiver = (far.taken ? far : ends_[end]).receiver;
  if (receiver != nullptr) receiver->deliver(frame);
}

}  // namespace pmd::loopback
