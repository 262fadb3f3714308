// The far end of a port, on a network interface of Linux's: sends or receives numbered frames through AF_PACKET, with the
// lengths and contents of support/content.ts.
//
//   peer send INTERFACE TO-MAC FROM-MAC FRAMES SEED    sends frames below the numbers that it reads, line by line
//   peer receive INTERFACE FRAMES SEED                 says "ready", and then how many frames it has accounted for;
//                                                      at the end, or after five seconds of silence:
//                                                      "end RECEIVED LOST REORDERED CORRUPTED"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { kType = 0x88b5, kHeader = 18, kShortest = 60, kLongest = 1514, kNoise = 0x10000 + 2048, kReportEvery = 32 };

static uint8_t noise[kNoise];
static uint32_t seed;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

static void make_noise(void) {
  uint32_t word = mix(seed) | 1;
  for (size_t at = 0; at < sizeof(noise); at += sizeof(word)) {
    word ^= word << 13;
    word ^= word >> 17;
    word ^= word << 5;
    memcpy(noise + at, &word, sizeof(word));
  }
}

static uint32_t length_of(uint32_t number) { return kShortest + mix(number ^ seed) % (kLongest - kShortest + 1); }
static const uint8_t *bytes_of(uint32_t number) { return noise + (mix(~number ^ seed) & 0xffff); }

static void parse_mac(const char *text, uint8_t *mac) {
  unsigned b[6];
  if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) exit(2);
  for (int i = 0; i < 6; i++) mac[i] = (uint8_t)b[i];
}

static int open_socket(const char *interface, uint16_t type) {
  const int fd = socket(AF_PACKET, SOCK_RAW, htons(type));
  if (fd < 0) fail("socket");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(type)};
  address.sll_ifindex = (int)if_nametoindex(interface);
  if (address.sll_ifindex == 0) fail(interface);
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) fail("bind");
  const int bytes = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
  return fd;
}

static int send_frames(char **argv) {
  uint8_t frame[kLongest];
  const int fd = open_socket(argv[2], 0);
  parse_mac(argv[3], frame);
  parse_mac(argv[4], frame + 6);
  const uint32_t frames = (uint32_t)atol(argv[5]);
  frame[12] = kType >> 8;
  frame[13] = kType & 0xff;
  char line[32];
  for (uint32_t number = 0; number < frames && fgets(line, sizeof(line), stdin) != NULL;) {
    for (const uint32_t end = (uint32_t)atol(line); number < end && number < frames; number++) {
      const uint32_t length = length_of(number);
      memcpy(frame + 14, &number, sizeof(number));
      memcpy(frame + kHeader, bytes_of(number), length - kHeader);
      if (send(fd, frame, length, 0) != (ssize_t)length) fail("send");
    }
  }
  return 0;
}

static int receive_frames(char **argv) {
  const int fd = open_socket(argv[2], kType);
  const uint32_t frames = (uint32_t)atol(argv[3]);
  const struct timeval silence = {.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
  uint32_t expected = 0, received = 0, lost = 0, reordered = 0, corrupted = 0;
  puts("ready");
  fflush(stdout);
  while (expected < frames) {
    uint8_t frame[2048];
    struct sockaddr_ll from;
    socklen_t size = sizeof(from);
    const ssize_t got = recvfrom(fd, frame, sizeof(frame), 0, (struct sockaddr *)&from, &size);
    if (got < 0) break;
    if (from.sll_pkttype == PACKET_OUTGOING || got < kHeader) continue;
    uint32_t number;
    memcpy(&number, frame + 14, sizeof(number));
    received++;
    if ((uint32_t)got != length_of(number) || memcmp(frame + kHeader, bytes_of(number), (size_t)got - kHeader) != 0)
      corrupted++;
    if (number < expected) {
      reordered++;
    } else {
      lost += number - expected;
      expected = number + 1;
    }
    if (received % kReportEvery == 0) {
      printf("%u\n", expected);
      fflush(stdout);
    }
  }
  printf("end %u %u %u %u\n", received, lost + (frames - expected), reordered, corrupted);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 7 && strcmp(argv[1], "send") == 0) {
    seed = (uint32_t)atol(argv[6]);
    make_noise();
    return send_frames(argv);
  }
  if (argc == 5 && strcmp(argv[1], "receive") == 0) {
    seed = (uint32_t)atol(argv[4]);
    make_noise();
    return receive_frames(argv);
  }
  return 2;
}
