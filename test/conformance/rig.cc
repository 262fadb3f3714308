#include "rig.h"

#include "expect.h"

namespace pmd::conformance {

std::unique_ptr<ObservedFunction> Rig::open(unsigned vf, std::shared_ptr<Observations> observations) {
  return std::make_unique<ObservedFunction>(open_raw(vf), std::move(observations),
                                            [this, vf] { closing(vf); });
}

void Rig::inject(const Bytes&) {
  throw NotApplicable("nothing but VFs is on this wire");
}

std::vector<Bytes> Rig::take_wire_frames() {
  throw NotApplicable("nothing but VFs is on this wire");
}

void Rig::require_all_multicast() {
  throw NotApplicable("QEMU's igb ignores VMOLR.MPME");
}

}  // namespace pmd::conformance
