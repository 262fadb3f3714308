import {
  CaptureDecoder,
  CaptureFileError,
  type CaptureRecord,
  type Direction,
} from '../../../src/pcap/index.ts';

/** A frame of its own, to be kept and compared. */
export interface KeptFrame {
  section: number;
  interfaceIndex: number;
  linkType: number;
  fcsLength: number;
  seconds: number;
  nanoseconds: number;
  hasTimestamp: boolean;
  direction: Direction;
  originalLength: number;
  data: Buffer;
  fileOffset: number;
}

export interface Decoded {
  frames: KeptFrame[];
  /** The fault that ended it. */
  error: CaptureFileError | undefined;
  truncated: boolean;
  /** Most memory that was in use for bytes of the file. */
  bufferBytes: number;
}

export function keep(record: CaptureRecord): KeptFrame {
  const {
    interfaceIndex,
    seconds,
    nanoseconds,
    hasTimestamp,
    direction,
    originalLength,
    fcsLength,
    fileOffset,
  } = record;
  const { section, linkType } = record.interface;
  const data = Buffer.from(record.data);
  return {
    section,
    interfaceIndex,
    linkType,
    fcsLength,
    seconds,
    nanoseconds,
    hasTimestamp,
    direction,
    originalLength,
    data,
    fileOffset,
  };
}

/** Decodes a file that comes in chunks of the given lengths, again and again; whatever the decoder throws beside its error comes out. */
export function decode(file: Uint8Array, chunkLengths: readonly number[] = [65_536]): Decoded {
  const decoder = new CaptureDecoder('test');
  const frames: KeptFrame[] = [];
  let error: CaptureFileError | undefined;
  let truncated = false;
  try {
    let at = 0;
    for (let turn = 0; at < file.length; turn++) {
      const chunk = Math.max(1, chunkLengths[turn % chunkLengths.length]!);
      const room = decoder.room();
      const part = file.subarray(at, at + Math.min(chunk, room.length));
      room.set(part);
      decoder.added(part.length);
      at += part.length;
      for (let record = decoder.next(); record !== undefined; record = decoder.next())
        frames.push(keep(record));
    }
    error = decoder.end();
    truncated = error !== undefined;
  } catch (thrown) {
    if (!(thrown instanceof CaptureFileError)) throw thrown;
    error = thrown;
  }
  return { frames, error, truncated, bufferBytes: decoder.bufferBytes };
}
