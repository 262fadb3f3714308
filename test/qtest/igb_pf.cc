#include "qtest/igb_pf.h"

#include <algorithm>

#include "qtest/pf_registers.h"
#include "util/clock.h"

namespace pmd::qtest {

using emulation::PfMessage;

namespace {
constexpr unsigned kFirstVfAddress = 10;    // of the 16 receive address registers
constexpr unsigned kFirstExtraAddress = 1;  // three for each of the first three VFs
constexpr unsigned kExtraAddresses = 3;
constexpr unsigned kBufferAttempts = 1000;
}  // namespace

/// One VF as the PF sees it: its share of the switch, and its mailbox.
class IgbPf::Vf final : public emulation::PfSwitch {
 public:
  Vf(IgbPf& pf, unsigned index) : mailbox(*this), pf_(pf), index_(index) {}

  /// VMOLR after a PF reset: broadcast and untagged frames, CRC stripped.
  void forget() {
    vmolr_ = pf::VMOLR_STRCRC | pf::VMOLR_BAM | pf::VMOLR_AUPE;
    hashes.clear();
    write_vmolr();
  }

  void set_mac(const MacAddress& mac) override { write_address(kFirstVfAddress + index_, mac); }
  void set_extra_macs(std::span<const MacAddress> macs) override {
    for (unsigned i = 0; i < kExtraAddresses; ++i)
      write_address(kFirstExtraAddress + kExtraAddresses * index_ + i,
                    i < macs.size() ? macs[i] : MacAddress{});
  }
  void set_multicast(std::span<const uint16_t> list) override {
    hashes.assign(list.begin(), list.end());
    set_vmolr(pf::VMOLR_ROMPE, !hashes.empty());
    pf_.program_multicast();
  }
  void set_vlan(uint16_t vid, bool add) override { pf_.program_vlan(index_, vid, add); }
  void set_vlan_strip(bool on) override { set_vmolr(pf::VMOLR_STRVLAN, on); }
  void set_max_frame(uint32_t bytes) override {
    vmolr_ = (vmolr_ & ~pf::VMOLR_RLPML_MASK) | (bytes & pf::VMOLR_RLPML_MASK);
    set_vmolr(pf::VMOLR_LPE, bytes != 0);
  }
  void set_all_multicast(bool on) override { set_vmolr(pf::VMOLR_MPME, on); }
  void enable_vf(bool on) override {
    const uint32_t bit = 1u << index_;
    pf_.enabled_ = on ? pf_.enabled_ | bit : pf_.enabled_ & ~bit;
    pf_.write(pf::VFRE, pf_.enabled_);
    pf_.write(pf::VFTE, pf_.enabled_);
  }

  emulation::PfMailbox mailbox;
  std::vector<uint16_t> hashes;

 private:
  void write_address(unsigned entry, const MacAddress& mac) {
    const auto [low, high] = igb::mbx::words_of(mac);
    pf_.write(pf::RAL(entry), low);
    pf_.write(pf::RAH(entry), is_zero(mac) ? 0 : high | pf::RAH_VALID | pf::RAH_POOL(index_));
  }
  void set_vmolr(uint32_t bit, bool on) {
    vmolr_ = on ? vmolr_ | bit : vmolr_ & ~bit;
    write_vmolr();
  }
  void write_vmolr() { pf_.write(pf::VMOLR(index_), vmolr_); }

  IgbPf& pf_;
  unsigned index_;
  uint32_t vmolr_ = 0;
};

IgbPf::IgbPf(Registers registers, unsigned vfs) : registers_(std::move(registers)) {
  for (unsigned i = 0; i < vfs; ++i) vfs_.push_back(std::make_unique<Vf>(*this, i));
}

IgbPf::~IgbPf() = default;

void IgbPf::start() {
  const std::lock_guard lock(mutex_);
  set_up_link();
  program_switch();
  write(pf::TCTL, read(pf::TCTL) | pf::TCTL_EN | pf::TCTL_PSP);
  write(pf::RCTL, pf::RCTL_EN | pf::RCTL_BAM | pf::RCTL_LPE | pf::RCTL_SECRC | pf::RCTL_VFE);
  write(pf::CTRL_EXT, read(pf::CTRL_EXT) | pf::CTRL_EXT_PFRSTD);
  up_ = true;
  ping_all();
}

void IgbPf::stop() {
  const std::lock_guard lock(mutex_);
  for (auto& vf : vfs_) vf->mailbox.pf_is_reset();
  ping_all();
  up_ = false;
  write(pf::CTRL, pf::CTRL_RST);
  mta_.fill(0);
  vlvf_.fill(0);
}

void IgbPf::set_up_link() {
  // Autonegotiation would take QEMU half a second.
  write(pf::MDIC, pf::MII_FIXED_1000_FULL | pf::MDIC_PHY_1 | pf::MDIC_WRITE);
  registers_.connect_link();
}

void IgbPf::program_switch() {
  const auto pool =
      static_cast<unsigned>(vfs_.size());  // the PF's own, and the default for unknown addresses
  write(pf::GPIE, pf::GPIE_MSIX_MODE | pf::GPIE_EIAME | pf::GPIE_PBA | pf::GPIE_NSICR);
  write(pf::VT_CTL, pool << pf::VT_CTL_DEFAULT_POOL_SHIFT);
  write(pf::DTXSWC, pf::DTXSWC_LOOPBACK);
  write(pf::RLPML, pf::VMOLR_RLPML_MASK);
  write(pf::MRQC, pf::MRQC_VMDQ);
  write(pf::VMOLR(pool), pf::VMOLR_STRCRC | pf::VMOLR_BAM | pf::VMOLR_AUPE);
  write(pf::RAH(0), read(pf::RAH(0)) | pf::RAH_POOL(pool));
  for (auto& vf : vfs_) vf->forget();
  program_multicast();
  enabled_ = 1u << pool;
  write(pf::VFRE, enabled_);
  write(pf::VFTE, enabled_);
}

/// The hash table is one for all VFs; VMOLR.ROMPE says who takes part.
void IgbPf::program_multicast() {
  std::array<uint32_t, pf::MTA_WORDS> table{};
  for (const auto& vf : vfs_)
    for (const uint16_t hash : vf->hashes) table[hash >> 5 & 0x7F] |= 1u << (hash & 31);
  for (unsigned word = 0; word < table.size(); ++word)
    if (mta_[word] != table[word]) write(pf::MTA(word), table[word]);
  mta_ = table;
}

void IgbPf::program_vlan(unsigned vf, uint16_t vid, bool add) {
  const auto holds = [vid](uint32_t entry) { return (entry & pf::VLVF_VALID) && (entry & 0xFFF) == vid; };
  auto entry = std::find_if(vlvf_.begin(), vlvf_.end(), holds);
  if (entry == vlvf_.end()) {
    if (!add) return;
    entry = std::find(vlvf_.begin(), vlvf_.end(), 0u);
    if (entry == vlvf_.end()) return;
    *entry = pf::VLVF_VALID | vid;
  }
  *entry = add ? *entry | pf::VLVF_POOL(vf) : *entry & ~pf::VLVF_POOL(vf);
  const bool used = (*entry & 0xFFu << 12) != 0;
  if (!used) *entry = 0;
  write(pf::VLVF(static_cast<unsigned>(entry - vlvf_.begin())), *entry);
  const uint32_t word = pf::VFTA(vid >> 5), bit = 1u << (vid & 31);
  write(word, used ? read(word) | bit : read(word) & ~bit);
}

void IgbPf::serve() {
  const std::lock_guard lock(mutex_);
  if (!up_) return;
  // Messages first, resets after, and acted upon the other way round: a request that is seen here came before
  // or after the reset that is seen, never between the two looks.
  const uint32_t messages = read(pf::MBVFICR);
  const uint32_t resets = read(pf::VFLRE);
  for (unsigned i = 0; i < vfs_.size(); ++i) {
    const uint32_t bit = 1u << i, acknowledged = bit << pf::MBVFICR_ACK_SHIFT;
    if (resets & bit) {
      write(pf::VFLRE, bit);
      vfs_[i]->mailbox.vf_was_reset(monotonic_ns());
    }
    if (messages & bit) {
      write(pf::MBVFICR, bit);
      receive_request(i);
    }
    if (messages & acknowledged) {
      write(pf::MBVFICR, acknowledged);
      if (const auto answer = vfs_[i]->mailbox.acknowledged(monotonic_ns())) post(i, *answer);
    }
  }
}

bool IgbPf::take_buffer(unsigned vf) {
  for (unsigned attempt = 0; attempt < kBufferAttempts; ++attempt) {
    write(pf::P2VMAILBOX(vf), pf::P2V_PFU);
    if (read(pf::P2VMAILBOX(vf)) & pf::P2V_PFU) return true;
  }
  return false;  // the VF keeps it for itself: it has to live with an answer that does not come
}

void IgbPf::receive_request(unsigned vf) {
  if (!take_buffer(vf)) return;
  std::array<uint32_t, igb::mbx::kWords> words;
  for (unsigned i = 0; i < words.size(); ++i) words[i] = read(pf::VMBMEM(vf) + 4 * i);
  write(pf::P2VMAILBOX(vf), pf::P2V_ACK);  // gives up PFU too
  if (const auto answer = vfs_[vf]->mailbox.request(words, monotonic_ns())) post(vf, *answer);
}

void IgbPf::post(unsigned vf, const PfMessage& message) {
  if (!take_buffer(vf)) return;
  for (unsigned i = 0; i < message.count; ++i) write(pf::VMBMEM(vf) + 4 * i, message.words[i]);
  write(pf::P2VMAILBOX(vf), pf::P2V_STS);
}

void IgbPf::ping() {
  const std::lock_guard lock(mutex_);
  if (up_) ping_all();
}

void IgbPf::ping_all() {
  for (unsigned i = 0; i < vfs_.size(); ++i) post(i, vfs_[i]->mailbox.ping());
}

void IgbPf::set_admin_mac(unsigned vf, std::optional<MacAddress> mac) {
  const std::lock_guard lock(mutex_);
  emulation::PfPolicy policy = vfs_[vf]->mailbox.policy();
  policy.admin_mac = mac;
  vfs_[vf]->mailbox.set_policy(policy);
}

void IgbPf::set_port_vlan(unsigned vf, std::optional<uint16_t> vlan) {
  const std::lock_guard lock(mutex_);
  emulation::PfPolicy policy = vfs_[vf]->mailbox.policy();
  policy.port_vlan = vlan;
  vfs_[vf]->mailbox.set_policy(policy);
}

}  // namespace pmd::qtest
