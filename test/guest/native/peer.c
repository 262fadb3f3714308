// The far end of a port, on a network interface of Linux's: sends numbered frames through AF_PACKET, with the
// lengths and contents of support/content.ts. Reads, line by line, below which number it may send.
//
//   peer INTERFACE TO-MAC FROM-MAC FRAMES SEED
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { kType = 0x88b5, kHeader = 18, kShortest = 60, kLongest = 1514, kNoise = 0x10000 + 2048 };

static uint8_t noise[kNoise];
static uint32_t seed;

static void fail(const char* what) {
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

static uint32_t length_of(uint32_t number) {
  return kShortest + mix(number ^ seed) % (kLongest - kShortest + 1);
}
static const uint8_t* bytes_of(uint32_t number) {
  return noise + (mix(~number ^ seed) & 0xffff);
}

static void parse_mac(const char* text, uint8_t* mac) {
  unsigned b[6];
  if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) exit(2);
  for (int i = 0; i < 6; i++) mac[i] = (uint8_t)b[i];
}

static int open_socket(const char* interface) {
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) fail("socket");
  struct sockaddr_ll address = {.sll_family = AF_PACKET};
  address.sll_ifindex = (int)if_nametoindex(interface);
  if (address.sll_ifindex == 0) fail(interface);
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) != 0) fail("bind");
  return fd;
}

static int send_frames(char** argv) {
  uint8_t frame[kLongest];
  const int fd = open_socket(argv[1]);
  parse_mac(argv[2], frame);
  parse_mac(argv[3], frame + 6);
  const uint32_t frames = (uint32_t)atol(argv[4]);
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

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  seed = (uint32_t)atol(argv[5]);
  make_noise();
  return send_frames(argv);
}
