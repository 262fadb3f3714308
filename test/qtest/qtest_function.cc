#include "qtest/qtest_function.h"

#include "util/error.h"

namespace pmd::qtest {

namespace {
std::string address_of(unsigned vf) {
  return "qtest:" + std::to_string(vf);
}
}  // namespace

QtestFunction::QtestFunction(std::shared_ptr<QtestMachine> machine, unsigned vf)
    : PciFunction({{0x8086, 0x10CA}, address_of(vf), "qtest"}),
      machine_(std::move(machine)),
      vf_(vf),
      registers_(*machine_, vf),
      source_(machine_->memory()) {
  if (!machine_->claim(vf))
    throw Error(ErrorCode::kBusy, address_of(vf) + " is open already", "close it first");
  machine_->set_bus_master(vf, false);
  machine_->reset_function(vf);
}

QtestFunction::~QtestFunction() {
  machine_->set_interrupts(vf_, false);
  machine_->set_bus_master(vf_, false);
  machine_->reset_function(vf_);
  machine_->unclaim(vf_);
}

RegisterWindow& QtestFunction::window(unsigned bar, uint64_t least) {
  if (bar == 0 && least <= registers_.size()) return registers_;
  throw Error(ErrorCode::kUnsupportedDevice, "a VF here has one BAR of 16 KiB");
}

Iova QtestFunction::map(std::shared_ptr<Region> region) {
  const Iova address = machine_->memory()->address_of(*region);
  mapped_.emplace(address, std::move(region));
  return address;
}

}  // namespace pmd::qtest
