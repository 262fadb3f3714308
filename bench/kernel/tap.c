// A C program that uses TAP interfaces. The bench compares `tap:` ports with it.
//
//   tap-peer forward IN OUT FRAMES   passes frames on, in batches, through a pool of its own
//
// Prints `ready` once both interfaces are its own, and at the end the frames it moved and the ns of CPU that
// took.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "account.h"

enum { kBufferBytes = 2048, kBatch = 32, kBuffers = 4096 };

static int open_tap(const char* name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) != 0) fail(name);
  return fd;
}

/// Returns how many bytes there are of a frame; 0: none is there.
static size_t receive(int fd, uint8_t* buffer) {
  struct virtio_net_hdr header;
  const struct iovec parts[] = {{&header, sizeof(header)}, {buffer, kBufferBytes}};
  const ssize_t bytes = readv(fd, parts, 2);
  if (bytes < 0 && errno != EAGAIN) fail("readv");
  return bytes < 0 ? 0 : (size_t)bytes - sizeof(header);
}

static void send_on(int fd, struct iovec frame) {
  struct virtio_net_hdr header = {0};
  const struct iovec parts[] = {{&header, sizeof(header)}, frame};
  if (writev(fd, parts, 2) < 0) fail("writev");
}

static unsigned receive_batch(int fd, uint8_t* pool, unsigned* buffer, struct iovec* frames, uint64_t most) {
  unsigned count = 0;
  while (count < kBatch && count < most) {
    uint8_t* const place = pool + (size_t)*buffer * kBufferBytes;
    const size_t bytes = receive(fd, place);
    if (bytes == 0) break;
    frames[count++] = (struct iovec){place, bytes};
    *buffer = (*buffer + 1) % kBuffers;
  }
  return count;
}

static void forward(const char* from, const char* to, uint64_t frames) {
  const int in = open_tap(from), out = open_tap(to);
  uint8_t* const pool = malloc((size_t)kBuffers * kBufferBytes);
  memset(pool, 0, (size_t)kBuffers * kBufferBytes);
  struct pollfd waiting = {.fd = in, .events = POLLIN};
  struct iovec batch[kBatch];
  unsigned buffer = 0;
  struct account begin = {0};
  say_ready();
  for (uint64_t moved = 0; moved < frames;) {
    const unsigned count = receive_batch(in, pool, &buffer, batch, frames - moved);
    if (count == 0 && poll(&waiting, 1, -1) < 0 && errno != EINTR) fail("poll");
    take_account(&begin, moved, frames);
    for (unsigned i = 0; i < count; i++) send_on(out, batch[i]);
    moved += count;
  }
  tell(&begin, frames);
}

int main(int count, char** word) {
  if (count != 5 || strcmp(word[1], "forward") != 0) return 2;
  forward(word[2], word[3], number(word[4]));
  return 0;
}
