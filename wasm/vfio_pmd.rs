//! Made by `npm run wasm:abi`. See docs/wasm.md.
//!
//! A program exports `#[no_mangle] pub unsafe extern "C" fn process(burst: *mut Burst, count: u32)`.
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
    /// the buffer
    pub index: *mut u32,
    /// what the device said of a received frame; a tag it took out in bits 31:16
    pub status: *mut u32,
    /// bytes of the frame
    pub length: *mut u16,
    /// where the frame begins in its buffer
    pub offset: *mut u16,
    /// nanoseconds since 1970
    pub timestamp: *mut u64,
    /// of the frame's flow
    pub hash: *mut u32,
    /// work on a frame that is sent
    pub tx_request: *mut u32,
    /// what becomes of the frame: for the program to write
    pub verdict: *mut u32,
    /// bytes of payload in each segment that a frame is cut into when it is sent; 0: it is not cut
    pub segment_size: *mut u16,
}

#[cfg(target_arch = "wasm32")]
const _: () = assert!(core::mem::offset_of!(Burst, index) == 28);

pub const KEEP: u32 = 0;
pub const DROP: u32 = 1;
/// `PORT + n`: the frame goes to port n
pub const PORT: u32 = 2;

impl Burst {
    /// Where frame `i` begins.
    ///
    /// # Safety
    /// `i` is less than the burst's count.
    pub unsafe fn frame(&self, i: usize) -> *mut u8 {
        let at = *self.index.add(i) * self.stride + u32::from(*self.offset.add(i));
        self.frames.add(at as usize)
    }
}
