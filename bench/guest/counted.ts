import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { type Rate, seconds, warmUpSeconds } from './sample.ts';

/** The processor that the tested program has; the generator and the bench have the other. */
export const testedCpu = 0;
export const otherCpu = 1;

interface Reading {
  seconds: number;
  frames: number;
  /** That the tested processor was not idle. */
  busySeconds: number;
}

/** Seconds and frames since its start, of a line that a program has printed; undefined: the line says something else. */
export type ParseLine = (line: string) => { seconds: number; frames: number } | undefined;

const parseCount: ParseLine = (line) => {
  const [seconds, frames] = line.split(' ').map(Number);
  return { seconds: seconds!, frames: frames! };
};

/** A program that moves frames on one processor, and says how many, until SIGINT. */
export class Counted {
  readonly #child: ChildProcess;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;
  readonly #parse: ParseLine;

  constructor(cpu: number, command: readonly string[], parse: ParseLine = parseCount) {
    this.#child = spawn('taskset', ['-c', String(cpu), ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#reader = createInterface(this.#child.stdout!);
    this.#lines = this.#reader[Symbol.asyncIterator]();
    this.#parse = parse;
  }

  async #next(): Promise<Reading> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('a program ended while it was measured');
      const counts = this.#parse(value);
      if (counts !== undefined) return { ...counts, busySeconds: busySeconds() };
    }
  }

  /** Returns its first reading that is so much later than another. */
  async #after(start: Reading, wait: number): Promise<Reading> {
    let reading = start;
    while (reading.seconds < start.seconds + wait) reading = await this.#next();
    return reading;
  }

  /** Until it is warm. */
  async warm(): Promise<void> {
    await this.#after(await this.#next(), warmUpSeconds);
  }

  /** Measures it once it is warm, and ends it. */
  async measure(): Promise<Rate> {
    await this.warm();
    const begin = await this.#next();
    const end = await this.#after(begin, seconds);
    await this.end();
    const frames = end.frames - begin.frames;
    return {
      framesPerSecond: frames / (end.seconds - begin.seconds),
      framesPerCpuSecond: frames / (end.busySeconds - begin.busySeconds),
    };
  }

  /** What it says from here on is of no interest. */
  ignore(): void {
    this.#reader.close();
    this.#child.stdout!.resume();
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.ignore();
    this.#child.kill('SIGINT');
    await closed;
  }
}

/** How long the tested processor has done anything, interrupts and the kernel's threads included. */
export function busySeconds(): number {
  const line = new RegExp(`^cpu${testedCpu} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))![1]!;
  const [user, nice, system, _idle, _iowait, irq, softirq] = line.split(' ').map(Number) as number[];
  return (user! + nice! + system! + irq! + softirq!) / 100;
}
