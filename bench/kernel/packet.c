// A C program that uses packet sockets. The bench compares `packet:` ports with it.
//
//   packet-peer ping IN-OUT FRAMES GAP-US BYTES   sends a frame, waits for its answer, and prints each time
//   in ns packet-peer echo IN-OUT FRAMES                answers each frame packet-peer forward IN OUT FRAMES
//   passes frames on, in batches, through a pool of its own packet-peer flood OUT FRAMES PER-SECOND BYTES
//   sends frames of a rate; 0: as fast as it can
//
// echo and forward print `ready` once frames are kept for them, and at the end the frames they moved and the
// ns of CPU that took.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "account.h"

enum { kSlots = 4096, kSlotBytes = 2048, kBatch = 32, kBuffers = 4096, kMacs = 12, kMac = 6 };
/// EtherType of an experiment (IEEE 802): no stack has an answer of its own.
enum { kEtherType = 0x88b5 };

struct ring {
  int fd;
  uint8_t* slots;
  unsigned next;
};

static int open_socket(int sends) {
  const int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
  if (fd < 0) fail("socket");
  if (sends && setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) != 0)
    fail("PACKET_QDISC_BYPASS");
  return fd;
}

static void bind_to(int fd, const char* name, uint16_t protocol) {
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(name)};
  if (bind(fd, (const struct sockaddr*)&address, sizeof(address)) != 0) fail(name);
}

static int open_sender(const char* name) {
  const int fd = open_socket(1);
  bind_to(fd, name, 0);
  return fd;
}

static struct ring open_ring(const char* name) {
  const int fd = open_socket(0), version = TPACKET_V2, on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0) fail("PACKET_VERSION");
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0)
    fail("PACKET_IGNORE_OUTGOING");
  const struct tpacket_req request = {.tp_block_size = 65536,
                                      .tp_block_nr = kSlots * kSlotBytes / 65536,
                                      .tp_frame_size = kSlotBytes,
                                      .tp_frame_nr = kSlots};
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0) fail("PACKET_RX_RING");
  uint8_t* const slots =
      mmap(NULL, (size_t)kSlots * kSlotBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (slots == MAP_FAILED) fail("mmap");
  bind_to(fd, name, ETH_P_ALL);
  return (struct ring){fd, slots, 0};
}

static struct tpacket2_hdr* filled(const struct ring* ring) {
  struct tpacket2_hdr* const slot = (struct tpacket2_hdr*)(ring->slots + (size_t)ring->next * kSlotBytes);
  return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? slot : NULL;
}

static struct tpacket2_hdr* wait_for_frame(const struct ring* ring) {
  struct pollfd waiting = {.fd = ring->fd, .events = POLLIN};
  for (;;) {
    struct tpacket2_hdr* const slot = filled(ring);
    if (slot != NULL) return slot;
    if (poll(&waiting, 1, -1) < 0 && errno != EINTR) fail("poll");
  }
}

static void give_back(struct ring* ring, struct tpacket2_hdr* slot) {
  __atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  ring->next = (ring->next + 1) % kSlots;
}

static void make_frame(uint8_t* frame, size_t bytes) {
  memset(frame, 0, bytes);
  memset(frame, 0xff, kMac);  // to all
  frame[kMac] = 0x02;
  frame[kMacs] = kEtherType >> 8;
  frame[kMacs + 1] = kEtherType & 0xff;
}

static void ping(const char* name, uint64_t frames, uint64_t gap_us, size_t bytes) {
  struct ring ring = open_ring(name);
  const int out = open_sender(name);
  uint8_t frame[1514];
  make_frame(frame, bytes);
  for (uint64_t i = 0; i < frames; i++) {
    const struct timespec gap = {(time_t)(gap_us / 1000000), (long)(gap_us % 1000000 * 1000)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &gap, NULL);
    const uint64_t begin = clock_ns(CLOCK_MONOTONIC);
    if (send(out, frame, bytes, 0) < 0) fail("send");
    give_back(&ring, wait_for_frame(&ring));
    printf("%llu\n", (unsigned long long)(clock_ns(CLOCK_MONOTONIC) - begin));
  }
}

static void echo(const char* name, uint64_t frames) {
  struct ring ring = open_ring(name);
  const int out = open_sender(name);
  uint8_t buffer[kSlotBytes], mac[kMac];
  struct account begin = {0};
  say_ready();
  for (uint64_t i = 0; i < frames; i++) {
    struct tpacket2_hdr* const slot = wait_for_frame(&ring);
    take_account(&begin, i, frames);
    const size_t bytes = slot->tp_snaplen;
    memcpy(buffer, (uint8_t*)slot + slot->tp_mac, bytes);
    give_back(&ring, slot);
    memcpy(mac, buffer, kMac);
    memcpy(buffer, buffer + kMac, kMac);
    memcpy(buffer + kMac, mac, kMac);
    if (send(out, buffer, bytes, 0) < 0) fail("send");
  }
  tell(&begin, frames);
}

/// A pool whose buffers go round: the kernel has a copy of a frame when sendmmsg returns.
static void forward(const char* from, const char* to, uint64_t frames) {
  struct ring ring = open_ring(from);
  const int out = open_sender(to);
  uint8_t* const pool = malloc((size_t)kBuffers * kSlotBytes);
  struct iovec parts[kBatch];
  struct mmsghdr batch[kBatch];
  memset(pool, 0, (size_t)kBuffers * kSlotBytes);
  memset(batch, 0, sizeof(batch));
  for (int i = 0; i < kBatch; i++) batch[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  unsigned buffer = 0;
  struct account begin = {0};
  say_ready();
  for (uint64_t moved = 0; moved < frames;) {
    unsigned count = 0;
    struct tpacket2_hdr* slot = wait_for_frame(&ring);
    take_account(&begin, moved, frames);
    for (; slot != NULL && count < kBatch && moved + count < frames; slot = filled(&ring), count++) {
      parts[count] = (struct iovec){pool + (size_t)buffer * kSlotBytes, slot->tp_snaplen};
      buffer = (buffer + 1) % kBuffers;
      memcpy(parts[count].iov_base, (uint8_t*)slot + slot->tp_mac, slot->tp_snaplen);
      give_back(&ring, slot);
    }
    for (unsigned sent = 0; sent < count;) {
      const int went = sendmmsg(out, batch + sent, count - sent, 0);
      if (went < 0 && errno != ENOBUFS) fail("sendmmsg");
      if (went > 0) sent += (unsigned)went;
    }
    moved += count;
  }
  tell(&begin, frames);
}

static void flood(const char* name, uint64_t frames, uint64_t per_second, size_t bytes) {
  const int out = open_sender(name);
  uint8_t frame[1514];
  make_frame(frame, bytes);
  struct iovec part = {frame, bytes};
  struct mmsghdr batch[kBatch];
  memset(batch, 0, sizeof(batch));
  for (int i = 0; i < kBatch; i++) batch[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
  const uint64_t start = clock_ns(CLOCK_MONOTONIC);
  for (uint64_t sent = 0; sent < frames;) {
    uint64_t due = frames - sent;
    if (per_second != 0) {
      const uint64_t now = clock_ns(CLOCK_MONOTONIC) - start;
      const uint64_t until_now = (uint64_t)((double)now * (double)per_second / 1e9);
      due = until_now > sent ? until_now - sent : 0;
    }
    if (due > frames - sent) due = frames - sent;
    if (due == 0) continue;
    const int went = sendmmsg(out, batch, due < kBatch ? (unsigned)due : kBatch, 0);
    if (went > 0)
      sent += (uint64_t)went;
    else if (errno != ENOBUFS && errno != EAGAIN)
      fail("sendmmsg");
  }
}

int main(int count, char** word) {
  const char* const what = count > 1 ? word[1] : "";
  if (count == 6 && strcmp(what, "ping") == 0)
    ping(word[2], number(word[3]), number(word[4]), number(word[5]));
  else if (count == 4 && strcmp(what, "echo") == 0)
    echo(word[2], number(word[3]));
  else if (count == 5 && strcmp(what, "forward") == 0)
    forward(word[2], word[3], number(word[4]));
  else if (count == 6 && strcmp(what, "flood") == 0)
    flood(word[2], number(word[3]), number(word[4]), number(word[5]));
  else
    return 2;
  return 0;
}
