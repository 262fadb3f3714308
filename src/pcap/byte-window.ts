/**
 * The stretch of a file that is in memory: bytes are read into its end and consumed from its start. It grows only while a
 * record that fills it has not ended, so that no number in a file makes it bigger than what the file has.
 */
export class ByteWindow {
  bytes: Uint8Array;
  /** Byte order of {@link u16} and {@link u32}. */
  littleEndian = true;
  /** First byte not consumed yet. */
  start = 0;
  /** How many bytes of the file came before `bytes[0]`. */
  #before = 0;
  #end = 0;
  #view: DataView;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Bytes that are here and not consumed. */
  get available(): number {
    return this.#end - this.start;
  }

  /** Where {@link start} is in the file. */
  get fileOffset(): number {
    return this.#before + this.start;
  }

  u8(at: number): number {
    return this.bytes[this.start + at]!;
  }

  u16(at: number): number {
    return this.#view.getUint16(this.start + at, this.littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.start + at, this.littleEndian);
  }

  /** Signed 64 bits, rounded to what a number can hold. */
  i64(at: number): number {
    return Number(this.#view.getBigInt64(this.start + at, this.littleEndian));
  }

  consume(count: number): void {
    this.start += count;
  }

  /**
   * Room for more of the file; empty when the window is full. Moves what is here to the front when less than half of the
   * window follows it.
   */
  room(): Uint8Array {
    if (this.start > 0 && this.bytes.length - this.#end < this.bytes.length / 2) {
      this.bytes.copyWithin(0, this.start, this.#end);
      this.#before += this.start;
      this.#end -= this.start;
      this.start = 0;
    }
    return this.bytes.subarray(this.#end);
  }

  /** Goes back to the file's first byte; false when that is not here any more. */
  rewind(): boolean {
    if (this.#before > 0) return false;
    this.start = 0;
    return true;
  }

  /** Counts bytes that were written into {@link room}. */
  added(count: number): void {
    this.#end += count;
  }

  /** Doubles a full window. */
  grow(): void {
    const bytes = new Uint8Array(this.bytes.length * 2);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
