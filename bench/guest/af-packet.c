// Sends 60-byte frames through AF_PACKET as fast as Linux lets one process: bursts of 32 by sendmmsg, past the queueing
// discipline. Prints frames, seconds, and seconds of CPU that the process took.
//
//   af-packet INTERFACE TO-MAC FROM-MAC SECONDS
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { kBurst = 32, kBytes = 60 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void parse_mac(const char *text, uint8_t *mac) {
  unsigned b[6];
  if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) exit(2);
  for (int i = 0; i < 6; i++) mac[i] = (uint8_t)b[i];
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) fail("socket");
  const int bypass = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)) != 0) fail("PACKET_QDISC_BYPASS");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) fail("bind");
  uint8_t frame[kBytes] = {0};
  parse_mac(argv[2], frame);
  parse_mac(argv[3], frame + 6);
  frame[12] = 0x88;
  frame[13] = 0xb5;
  struct iovec data = {frame, sizeof(frame)};
  struct mmsghdr burst[kBurst];
  memset(burst, 0, sizeof(burst));
  for (int i = 0; i < kBurst; i++) burst[i].msg_hdr = (struct msghdr){.msg_iov = &data, .msg_iovlen = 1};
  const double begin = now(), begin_cpu = cpu(), end = begin + atof(argv[4]);
  uint64_t sent = 0;
  double time;
  while ((time = now()) < end) {
    const int n = sendmmsg(fd, burst, kBurst, 0);
    if (n > 0) sent += (uint64_t)n;
    else if (errno != ENOBUFS && errno != EAGAIN) fail("sendmmsg");
  }
  printf("%llu %.6f %.6f\n", (unsigned long long)sent, time - begin, cpu() - begin_cpu);
  return 0;
}
