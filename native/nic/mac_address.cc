#include "nic/mac_address.h"

#include <random>

namespace pmd {

MacAddress random_mac() {
  std::random_device random;
  MacAddress mac;
  for (uint8_t& byte : mac) byte = static_cast<uint8_t>(random());
  mac[0] = static_cast<uint8_t>((mac[0] & 0xFC) | 0x02);
  return mac;
}

}  // namespace pmd
