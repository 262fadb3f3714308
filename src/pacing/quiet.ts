/**
 * How long nothing has come, for who looks again and again. Who is held up looks at nothing meanwhile: of the time between two looks
 * at most a quarter of the limit counts, so that what came in that time is found.
 */
export class Quiet {
  readonly #limitNs: number;
  #leftNs: number;
  #lastLookNs: number;

  constructor(limitNs: number, nowNs: number) {
    this.#limitNs = limitNs;
    this.#leftNs = limitNs;
    this.#lastLookNs = nowNs;
  }

  /** One look, at which something had come or not. True once nothing has come for the limit. */
  look(came: boolean, nowNs: number): boolean {
    if (came) this.#leftNs = this.#limitNs;
    else this.#leftNs -= Math.min(nowNs - this.#lastLookNs, this.#limitNs / 4);
    this.#lastLookNs = nowNs;
    return this.#leftNs <= 0;
  }
}
