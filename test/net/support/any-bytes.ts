import fc from 'fast-check';
import { corpus } from './corpus.ts';

/** Frames, some of them spoiled, and noise. */
export const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .record({
      frame: fc.constantFrom(...corpus.values()),
      spoiled: fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 6 }),
    })
    .map(({ frame, spoiled }) => {
      const bytes = frame.slice();
      for (const [at, byte] of spoiled) if (at < bytes.length) bytes[at] = byte;
      return bytes;
    }),
);
