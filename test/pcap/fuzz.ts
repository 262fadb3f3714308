import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fuzzCapture } from './fuzz-target.ts';
import { mutate, Random } from './support/mutate.ts';

const corpusDirectory = join(import.meta.dirname, 'corpus');
const slowMs = 2000;

/** What a fuzzing run did. */
export interface FuzzResult {
  executions: number;
  slowestMs: number;
  seed: number;
}

export function readCorpus(): Uint8Array[] {
  const names = readdirSync(corpusDirectory).filter((name) => /\.pcap(ng)?$/.test(name));
  return names.map((name) => readFileSync(join(corpusDirectory, name)));
}

/**
 * Mutates the corpus for so long. A file that is decoded wrongly, or in more than two seconds of CPU, is kept in a file, whose path is in
 * the error.
 */
export function fuzz(seconds: number, seed: number): FuzzResult {
  const corpus = readCorpus();
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  const result = { executions: 0, slowestMs: 0, seed };
  while (performance.now() < end) {
    const file = mutate(corpus, random);
    const begin = process.cpuUsage(); // not the clock: the machine may have other things to do
    try {
      fuzzCapture(file);
    } catch (cause) {
      throw new Error(`decoded wrongly: ${keep(file)}`, { cause });
    }
    const elapsedMs = process.cpuUsage(begin).user / 1000;
    if (elapsedMs > slowMs) throw new Error(`took ${elapsedMs} ms of CPU: ${keep(file)}`);
    result.slowestMs = Math.max(result.slowestMs, elapsedMs);
    result.executions++;
  }
  return result;
}

function keep(file: Uint8Array): string {
  const path = join(tmpdir(), `pmd-fuzz-${process.pid}.capture`);
  writeFileSync(path, file);
  return path;
}
