/* Made by `npm run wasm:abi`. See docs/wasm.md. */
#ifndef VFIO_PMD_WASM_H
#define VFIO_PMD_WASM_H

#include <stddef.h>
#include <stdint.h>

/* A list of frames. Each column is an array with one entry for each frame; NULL where the burst has no such column. */
struct pmd_burst {
  uint32_t count;
  uint32_t chains; /* not 0: frames may take several entries */
  double timestamp_ns;
  uint32_t capacity;
  uint32_t stride; /* bytes from one buffer to the next */
  uint8_t *frames; /* the first buffer */
  uint32_t *index; /* the buffer */
  uint32_t *status; /* what the device said of a received frame; a tag it took out in bits 31:16 */
  uint16_t *length; /* bytes of the frame */
  uint16_t *offset; /* where the frame begins in its buffer */
  uint64_t *timestamp; /* nanoseconds since 1970 */
  uint32_t *hash; /* of the frame's flow */
  uint32_t *tx_request; /* work on a frame that is sent */
  uint32_t *verdict; /* what becomes of the frame: for the program to write */
  uint16_t *segment_size; /* bytes of payload in each segment that a frame is cut into when it is sent; 0: it is not cut */
};

/* A verdict. PMD_PORT + n: the frame goes to port n. */
enum { PMD_KEEP = 0, PMD_DROP = 1, PMD_PORT = 2 };

/* Where frame i begins. */
static inline uint8_t *pmd_frame(const struct pmd_burst *burst, uint32_t i) {
  return burst->frames + burst->index[i] * burst->stride + burst->offset[i];
}

#if defined(__wasm32__)
_Static_assert(offsetof(struct pmd_burst, index) == 28, "columns begin at byte 28");
/* What a program exports: it writes a verdict for each frame. */
__attribute__((export_name("process"))) void process(struct pmd_burst *burst, uint32_t count);
#endif

#endif
