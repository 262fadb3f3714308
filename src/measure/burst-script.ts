import { accessSync, constants } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Burst } from '../core/burst.ts';
import { PmdError } from '../core/errors.ts';
import type { Port } from '../core/port.ts';

/** Where a burst comes from, and where it goes. */
export interface BurstWay {
  from: Port;
  to: Port;
}

/**
 * A user's own part of forwarding, called for each burst: it may look at frames, write into them, cut or grow them, and release some, as
 * with `burst.filter`. What is left is sent.
 */
export type BurstScript = (burst: Burst, way: BurstWay) => void;

const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);

/**
 * Loads a user's module: its default export is called with each burst.
 *
 * @throws {PmdError} `ERR_PMD_SCRIPT` when there is none, or it does not load.
 */
export async function loadScript(file: string): Promise<BurstScript> {
  const path = resolve(file);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw scriptFailure(`the script ${file} can't be read`, error);
  }
  const module = await importModule(file, path);
  const script = (module as { default?: unknown }).default;
  if (typeof script === 'function') return script as BurstScript;
  throw new PmdError('ERR_PMD_SCRIPT', `the script ${file} has no default export that is a function`, {
    hint: 'write: export default (burst) => { … }',
  });
}

async function importModule(file: string, path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const isTypeScript = ['.ts', '.mts', '.cts'].includes(extname(path));
    if (
      isTypeScript &&
      !stripsTypes &&
      (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ) {
      throw new PmdError(
        'ERR_PMD_SCRIPT',
        `Node ${process.version} does not run TypeScript as it is: ${file}`,
        {
          hint: 'use Node 22.18 or newer, or 22.7 with --experimental-strip-types, or run it under tsx, or write JavaScript',
        },
      );
    }
    throw scriptFailure(`the script ${file} does not load`, error);
  }
}

/** Calls the script, whose errors say where it threw them. */
export function callScript(script: BurstScript, burst: Burst, way: BurstWay): void {
  try {
    script(burst, way);
  } catch (error) {
    throw scriptFailure('the script threw an error', error);
  }
}

/** On one line, with the place in the script where the error comes from. */
function scriptFailure(what: string, error: unknown): PmdError {
  if (!(error instanceof Error)) return new PmdError('ERR_PMD_SCRIPT', `${what}: ${String(error)}`);
  const place = /\n {4}at .*?(file:[^)\s]+)/.exec(error.stack ?? '');
  const at = place === null ? '' : ` (at ${place[1]})`;
  return new PmdError('ERR_PMD_SCRIPT', `${what}: ${error.message.split('\n', 1)[0]}${at}`);
}
