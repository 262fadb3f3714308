// Moves 60-byte frames through AF_PACKET as fast as Linux lets one process. Prints what it has moved, four
// times a second, until SIGINT.
//
//   af-packet tx INTERFACE TO-MAC FROM-MAC     bursts of 32 by sendmmsg, past the queueing discipline
//   af-packet rx INTERFACE                     from a ring of blocks, TPACKET_V3
//   af-packet rings INTERFACE DESCRIPTORS      sets the driver's rings, and ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

enum { kBurst = 32, kBytes = 60, kBlockBytes = 1 << 16, kBlocks = 64 };

// IPv4 and UDP, from 198.18.0.1 to 198.18.0.2, as testpmd's txonly has them
static const uint8_t kIpAndUdp[] = {0x45, 0, 0,   46, 0, 0, 0, 0, 64, 17, 0xee, 0x97, 198, 18,
                                    0,    1, 198, 18, 0, 2, 0, 9, 0,  9,  0,    26,   0,   0};

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void parse_mac(const char* text, uint8_t* mac) {
  unsigned b[6];
  if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) exit(2);
  for (int i = 0; i < 6; i++) mac[i] = (uint8_t)b[i];
}

static void tell(uint64_t frames) {
  static double due = 0;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  const double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
  if (now < due) return;
  due = now + 0.25;
  printf("%.6f %llu\n", now, (unsigned long long)frames);
  fflush(stdout);
}

static int open_on(const char* name, uint16_t protocol) {
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) fail("socket");
  const int version = TPACKET_V3, bypass = 1;
  if (protocol != 0 && setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0)
    fail("PACKET_VERSION");
  if (protocol == 0 && setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)) != 0)
    fail("PACKET_QDISC_BYPASS");
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(name)};
  if (bind(fd, (const struct sockaddr*)&address, sizeof(address)) != 0) fail("bind");
  return fd;
}

static void transmit(const char* name, const char* to, const char* from) {
  const int fd = open_on(name, 0);
  uint8_t frame[kBytes] = {0};
  parse_mac(to, frame);
  parse_mac(from, frame + 6);
  frame[12] = 0x08;
  memcpy(frame + 14, kIpAndUdp, sizeof(kIpAndUdp));
  struct iovec data = {frame, sizeof(frame)};
  struct mmsghdr burst[kBurst];
  memset(burst, 0, sizeof(burst));
  for (int i = 0; i < kBurst; i++) burst[i].msg_hdr = (struct msghdr){.msg_iov = &data, .msg_iovlen = 1};
  for (uint64_t sent = 0;; tell(sent)) {
    const int n = sendmmsg(fd, burst, kBurst, 0);
    if (n > 0)
      sent += (uint64_t)n;
    else if (errno != ENOBUFS && errno != EAGAIN)
      fail("sendmmsg");
  }
}

static void receive(const char* name) {
  const int fd = open_on(name, ETH_P_IP);
  const struct tpacket_req3 ring = {.tp_block_size = kBlockBytes,
                                    .tp_block_nr = kBlocks,
                                    .tp_frame_size = 2048,
                                    .tp_frame_nr = kBlockBytes / 2048 * kBlocks,
                                    .tp_retire_blk_tov = 10};
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) != 0) fail("PACKET_RX_RING");
  uint8_t* const memory =
      mmap(NULL, (size_t)kBlockBytes * kBlocks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED) fail("mmap");
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  unsigned block = 0;
  for (uint64_t received = 0;; tell(received)) {
    struct tpacket_hdr_v1* const header =
        &((struct tpacket_block_desc*)(memory + (size_t)block * kBlockBytes))->hdr.bh1;
    if (!(__atomic_load_n(&header->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
      poll(&waiting, 1, 100);
      continue;
    }
    received += header->num_pkts;
    __atomic_store_n(&header->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    block = (block + 1) % kBlocks;
  }
}

static void set_rings(const char* name, unsigned descriptors) {
  struct ethtool_ringparam rings = {
      .cmd = ETHTOOL_SRINGPARAM, .rx_pending = descriptors, .tx_pending = descriptors};
  struct ifreq request = {.ifr_data = (void*)&rings};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (ioctl(fd, SIOCETHTOOL, &request) != 0) fail("ETHTOOL_SRINGPARAM");
}

int main(int argc, char** argv) {
  if (argc == 5 && strcmp(argv[1], "tx") == 0) transmit(argv[2], argv[3], argv[4]);
  if (argc >= 3 && strcmp(argv[1], "rx") == 0) receive(argv[2]);
  if (argc != 4 || strcmp(argv[1], "rings") != 0) return 2;
  set_rings(argv[2], (unsigned)atoi(argv[3]));
  return 0;
}
