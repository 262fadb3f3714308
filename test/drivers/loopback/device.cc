#include "loopback/device.h"

#include "util/eventfd.h"

namespace pmd::loopback {

LoopDevice::LoopDevice(const std::string& address, const std::string& name)
    : Device({address, "loopback", "loopback"}), cable_(Cable::of(name)) {
  for (UniqueFd& fd : wait_fds_) fd = make_eventfd();
  end_ = cable_->plug(address);
}

LoopDevice::~LoopDevice() {
  cable_->unplug(end_);
}

}  // namespace pmd::loopback
