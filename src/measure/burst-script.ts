import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Burst } from '../core/burst.ts';
import { PmdError, type PmdErrorCode } from '../core/errors.ts';
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

const AsyncFunction = (async () => {}).constructor as unknown as new () => unknown;
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
  if (script instanceof AsyncFunction) {
    throw new PmdError('ERR_PMD_SCRIPT', `the script ${file} exports an async function`, {
      hint: 'a burst is sent when the function returns, so write one that does not wait',
    });
  }
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
    throw scriptFailure(`the script ${file} does not load`, error, path);
  }
}

/** Calls the script, whose errors say where it threw them. */
export function callScript(script: BurstScript, burst: Burst, way: BurstWay): void {
  let returned: unknown;
  try {
    returned = script(burst, way);
  } catch (error) {
    throw scriptFailure('the script threw an error', error);
  }
  if (returned instanceof Promise) throw promiseFailure(returned);
}

function promiseFailure(returned: Promise<unknown>): PmdError {
  returned.catch(() => undefined); // it has said enough
  return new PmdError('ERR_PMD_SCRIPT', 'the script returned a promise', {
    hint: 'a burst is sent when the function returns, so write one that does not wait',
  });
}

const burstFaults: readonly PmdErrorCode[] = [
  'ERR_PMD_NOT_OWNER',
  'ERR_PMD_FRAME_LENGTH',
  'ERR_PMD_INVALID_ARGUMENT',
];

/** What to say of an error of a burst that a script has had: what can't be sent is the script's work. */
export function burstFailure(error: unknown): unknown {
  if (!(error instanceof PmdError) || !burstFaults.includes(error.code)) return error;
  return new PmdError('ERR_PMD_SCRIPT', `the script left a burst that can't be sent: ${error.message}`);
}

/** On one line, with the place in the script where the error comes from. */
function scriptFailure(what: string, error: unknown, path?: string): PmdError {
  if (!(error instanceof Error)) return new PmdError('ERR_PMD_SCRIPT', `${what}: ${String(error)}`);
  const place =
    placeOf(error) ?? (path && error instanceof SyntaxError ? placeOfSyntaxError(path) : undefined);
  const at = place === undefined ? '' : ` (at ${place})`;
  return new PmdError('ERR_PMD_SCRIPT', `${what}: ${error.message.split('\n', 1)[0]}${at}`);
}

/** With this begins the stack of an error that Node found before a module ran. */
const linePattern = /^(\S+:\d+)\n/;
const library = new URL('..', import.meta.url).href;

/** Where in a user's files an error comes from: not in the library, which a script calls and which calls it. */
function placeOf({ stack = '' }: Error): string | undefined {
  const places = [...stack.matchAll(/\n {4}at .*?(file:[^)\s]+)/g)].map(([, place]) => place!);
  return linePattern.exec(stack)?.[1] ?? places.find((place) => !place.startsWith(library));
}

/** Node keeps the line of a module's syntax error to itself, unless it is asked to check the file. */
function placeOfSyntaxError(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 });
  const line = linePattern.exec(stderr)?.[1];
  return line?.includes(basename(path)) ? line : undefined;
}
