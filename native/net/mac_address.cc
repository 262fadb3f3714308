#include "net/mac_address.h"

#include <sys/random.h>

#include <cerrno>

#include "util/error.h"

namespace pmd {

MacAddress random_mac() {
  // Not std::random_device, which in a static libstdc++ asks for the newest glibc (arc4random, 2.36).
  MacAddress mac;
  if (getrandom(mac.data(), mac.size(), 0) != static_cast<ssize_t>(mac.size()))
    throw Error(ErrorCode::kInternal, "the kernel gave no random bytes: " + errno_text(errno))
        .from("getrandom", errno);
  mac[0] = static_cast<uint8_t>((mac[0] & 0xFC) | 0x02);
  return mac;
}

}  // namespace pmd
