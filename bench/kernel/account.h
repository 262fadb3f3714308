// Shared by the bench's C programs: they fail in one way, and report the CPU time of their frames in one
// form.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char* what) {
  perror(what);
  exit(1);
}

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct account {
  uint64_t frames;
  uint64_t cpu_ns;
};

/// From the middle on: in the first half the other side is compiled.
static inline void take_account(struct account* begin, uint64_t moved, uint64_t frames) {
  if (begin->cpu_ns == 0 && moved >= frames / 2)
    *begin = (struct account){moved, clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

static inline void tell(const struct account* begin, uint64_t moved) {
  printf("%llu %llu\n", (unsigned long long)(moved - begin->frames),
         (unsigned long long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin->cpu_ns));
}

static inline void say_ready(void) {
  printf("ready\n");
  fflush(stdout);
}

static inline uint64_t number(const char* text) {
  return strtoull(text, NULL, 10);
}
