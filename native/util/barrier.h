#pragma once

#include <atomic>

namespace pmd {

/// Orders descriptor stores before the doorbell store that follows. A bus's doorbell is an uncached MMIO store on
/// hardware: x86 keeps stores in order by itself; ARM needs a barrier of the outer-shareable domain, which a C++
/// release fence (inner-shareable) does not give.
inline void dma_write_barrier() noexcept {
#if defined(__aarch64__)
  asm volatile("dmb oshst" ::: "memory");
#else
  std::atomic_thread_fence(std::memory_order_release);
#endif
}

/// Orders the load of a descriptor's DD bit before the loads of what the device wrote earlier.
inline void dma_read_barrier() noexcept {
#if defined(__aarch64__)
  asm volatile("dmb oshld" ::: "memory");
#else
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
}

/// Tells the core that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace pmd
