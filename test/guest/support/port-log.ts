import type { Port, PortEvents } from '../../../src/index.ts';
import { untilSeen } from '../../support/until.ts';

const names = ['link', 'recovering', 'recovered', 'failure', 'refused', 'removal'] as const;

/** Every control event of a port, in order. */
export class PortLog {
  readonly events: [name: keyof PortEvents, detail: unknown][] = [];
  #read = 0;

  constructor(port: Port) {
    for (const name of names) {
      port.on(name, (detail: unknown) => {
        this.events.push([name, detail]);
      });
    }
  }

  /** Waits for the next event of this name, skipping others; returns what it says. */
  async next(name: keyof PortEvents): Promise<unknown> {
    let detail: unknown;
    await untilSeen(`the event '${name}' after ${JSON.stringify(this.events)}`, () => {
      while (this.#read < this.events.length) {
        const [candidate, said] = this.events[this.#read++]!;
        detail = said;
        if (candidate === name) return true;
      }
      return false;
    });
    return detail;
  }
}
