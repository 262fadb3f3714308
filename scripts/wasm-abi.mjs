// Writes what programs for WebAssembly see of a burst, in three languages, from the tables that the library itself uses.
//
//   npm run wasm:abi
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnBytes, HeaderWord, Verdict } from '../src/core/layout.ts';

const note = 'Made by `npm run wasm:abi`. See docs/wasm.md.';
const columns = Object.entries(columnBytes).map(([name, bytes]) => ({
  name,
  snake: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  bits: 8 * bytes,
}));
const firstColumnByte = 4 * HeaderWord.columns;
const shift = (bits) => Math.log2(bits / 8);

const meanings = {
  index: 'the buffer',
  status: 'what the device said of a received frame; a tag it took out in bits 31:16',
  length: 'bytes of the frame',
  offset: 'where the frame begins in its buffer',
  timestamp: 'nanoseconds since 1970',
  hash: "of the frame's flow",
  txRequest: 'work on a frame that is sent',
  verdict: 'what becomes of the frame: for the program to write',
  segmentSize: 'bytes of payload in each segment that a frame is cut into when it is sent; 0: it is not cut',
};

function cHeader() {
  const field = ({ name, snake, bits }) => `  uint${bits}_t *${snake}; /* ${meanings[name]} */`;
  return `/* ${note} */
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
${columns.map(field).join('\n')}
};

/* A verdict. PMD_PORT + n: the frame goes to port n. */
enum { PMD_KEEP = ${Verdict.keep}, PMD_DROP = ${Verdict.drop}, PMD_PORT = ${Verdict.port} };

/* Where frame i begins. */
static inline uint8_t *pmd_frame(const struct pmd_burst *burst, uint32_t i) {
  return burst->frames + burst->index[i] * burst->stride + burst->offset[i];
}

#if defined(__wasm32__)
_Static_assert(offsetof(struct pmd_burst, ${columns[0].snake}) == ${firstColumnByte}, "columns begin at byte ${firstColumnByte}");
/* What a program exports: it writes a verdict for each frame. */
__attribute__((export_name("process"))) void process(struct pmd_burst *burst, uint32_t count);
#endif

#endif
`;
}

function assemblyScript() {
  const field = ({ name, bits }) => `  /** Of u${bits}: ${meanings[name]}. */\n  ${name}: usize;`;
  return `// ${note}

/** A list of frames. Each column is an array with one entry for each frame; 0 where the burst has no such column. */
@unmanaged
export class Burst {
  count: u32;
  /** Not 0: frames may take several entries. */
  chains: u32;
  timestampNs: f64;
  capacity: u32;
  /** Bytes from one buffer to the next. */
  stride: u32;
  /** The first buffer. */
  frames: usize;
${columns.map(field).join('\n')}
}

/** \`port + n\`: the frame goes to port n. */
export namespace Verdict {
  export const keep: u32 = ${Verdict.keep};
  export const drop: u32 = ${Verdict.drop};
  export const port: u32 = ${Verdict.port};
}

/** Where frame \`i\` begins. */
// @ts-ignore: a decorator
@inline
export function frameAt(burst: Burst, i: u32): usize {
  return burst.frames + load<u32>(burst.index + (i << 2)) * burst.stride + load<u16>(burst.offset + (i << 1));
}
${columns
  .filter(({ name }) => ['length', 'verdict'].includes(name))
  .map(({ name, bits }) =>
    name === 'verdict'
      ? `
/** Says what becomes of frame \`i\`. */
// @ts-ignore: a decorator
@inline
export function setVerdict(burst: Burst, i: u32, verdict: u32): void {
  store<u${bits}>(burst.verdict + (i << ${shift(bits)}), verdict);
}`
      : `
/** Bytes of frame \`i\`. */
// @ts-ignore: a decorator
@inline
export function lengthOf(burst: Burst, i: u32): u32 {
  return load<u${bits}>(burst.length + (i << ${shift(bits)}));
}`,
  )
  .join('\n')}
`;
}

function rust() {
  const field = ({ name, snake, bits }) => `    /// ${meanings[name]}\n    pub ${snake}: *mut u${bits},`;
  return `//! ${note}
//!
//! A program exports \`#[no_mangle] pub unsafe extern "C" fn process(burst: *mut Burst, count: u32)\`.
#![allow(dead_code)]

/// A list of frames. Each column is an array with one entry for each frame; null where the burst has no such column.
#[repr(C)]
pub struct Burst {
    pub count: u32,
    /// not 0: frames may take several entries
    pub chains: u32,
    pub timestamp_ns: f64,
    pub capacity: u32,
    /// bytes from one buffer to the next
    pub stride: u32,
    /// the first buffer
    pub frames: *mut u8,
${columns.map(field).join('\n')}
}

#[cfg(target_arch = "wasm32")]
const _: () = assert!(core::mem::offset_of!(Burst, ${columns[0].snake}) == ${firstColumnByte});

pub const KEEP: u32 = ${Verdict.keep};
pub const DROP: u32 = ${Verdict.drop};
/// \`PORT + n\`: the frame goes to port n
pub const PORT: u32 = ${Verdict.port};

impl Burst {
    /// Where frame \`i\` begins.
    ///
    /// # Safety
    /// \`i\` is less than the burst's count.
    pub unsafe fn frame(&self, i: usize) -> *mut u8 {
        let at = *self.index.add(i) * self.stride + u32::from(*self.offset.add(i));
        self.frames.add(at as usize)
    }
}
`;
}

/** By name. */
export const files = { 'vfio-pmd.h': cHeader(), 'vfio-pmd.ts': assemblyScript(), 'vfio_pmd.rs': rust() };

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(import.meta.dirname, '../wasm', name), text);
}
