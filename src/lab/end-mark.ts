import { randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** A word that ends a stream and that no command writes by chance. */
export function createEndMark(): string {
  return `end-${randomBytes(16).toString('hex')}`;
}

/**
 * Passes a stream on, up to a mark, and ends there. Bytes are held back only while they could be the start
 * of the mark, so a prompt is seen at once.
 */
export class UntilMark extends Transform {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #isPast = false;

  constructor(mark: string) {
    super();
    this.#mark = Buffer.from(mark, 'latin1');
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#isPast) this.#pass(this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk);
    done();
  }

  #pass(data: Buffer): void {
    const at = data.indexOf(this.#mark);
    this.#isPast = at >= 0;
    const end = at >= 0 ? at : data.length - this.#possibleStart(data);
    this.#held = data.subarray(end);
    if (end > 0) this.push(data.subarray(0, end));
    if (this.#isPast) this.push(null);
  }

  override _flush(done: TransformCallback): void {
    if (!this.#isPast) this.push(this.#held);
    done();
  }

  /** How many of the last bytes may be the beginning of the mark. */
  #possibleStart(data: Buffer): number {
    for (let length = Math.min(this.#mark.length - 1, data.length); length > 0; length--) {
      if (data.subarray(data.length - length).equals(this.#mark.subarray(0, length))) return length;
    }
    return 0;
  }
}
