#include <algorithm>
#include <array>

#include "binding/attachment.h"

namespace pmd::binding {

namespace {

using DealBlock = EnvData::DealBlock;

/// Where the frames go by the block, which JavaScript has written. False when a burst of it is not, or no
/// longer, there.
bool find_lanes(EnvData& self, const Burst& burst, std::span<Dealer::Lane> lanes) noexcept {
  for (size_t k = 0; k < lanes.size(); ++k) {
    const DealBlock::Lane& wanted = self.deal.lane[k];
    const AttachedQueue* const queue = self.queue(wanted.tx);
    Burst* const gathered = self.burst(wanted.burst);
    if (gathered == nullptr) return false;
    if (gathered == &burst || gathered->capacity() < burst.capacity() || gathered->count() > 0) return false;
    if (&gathered->cache() != &burst.cache()) return false;
    lanes[k] = {queue == nullptr ? nullptr : queue->sender, gathered, 0};
  }
  return true;
}

}  // namespace

napi_value distribute(napi_env env, napi_callback_info info) {
  auto& self = EnvData::of_call(env, info);
  DealBlock& deal = self.deal;
  Burst* const burst = self.burst(self.call.burst);
  self.call.result = refuse(Refusal::kClosed);
  std::array<Dealer::Lane, Dealer::kMaxLanes> all;
  const std::span lanes(all.data(), std::min(deal.lanes, Dealer::kMaxLanes));
  if (burst == nullptr || lanes.empty() || !find_lanes(self, *burst, lanes)) return nullptr;
  const auto count = static_cast<uint32_t>(lanes.size());
  if (deal.by == DealBlock::By::kFlow) Dealer::by_flow(*burst, count, deal.targets);
  if (deal.by == DealBlock::By::kTag) Dealer::by_tag(*burst, count, deal.targets);
  Dealer::deal(*burst, lanes, deal.targets);
  for (size_t k = 0; k < lanes.size(); ++k) deal.lane[k].dropped = lanes[k].dropped;
  self.call.result = 0;
  return nullptr;
}

}  // namespace pmd::binding
