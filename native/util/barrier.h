#pragma once

namespace pmd {

/// Orders descriptor stores before the doorbell store that follows. On x86 the processor keeps stores in
/// order, so only the compiler must be told; ARM needs a barrier of the outer-shareable domain, where the
/// device is. (An emulated device is another thread: its doorbell is a release store, which orders on its
/// own.)
inline void dma_write_barrier() noexcept {
#if defined(__aarch64__)
  asm volatile("dmb oshst" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

/// Orders the load of a descriptor's DD bit before the loads of what the device wrote earlier. The load of DD
/// is an acquire load besides, which is all that a device in another thread needs.
inline void dma_read_barrier() noexcept {
#if defined(__aarch64__)
  asm volatile("dmb oshld" ::: "memory");
#else
  asm volatile("" ::: "memory");
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
