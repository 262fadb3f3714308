import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { describe } from '../core/errors.ts';
import { type Results, schemaName } from '../results/results.ts';
import { insanityOf, insanityOfResults } from './sanity.ts';

/** A result, and where it is from. */
export interface ResultDocument {
  file: string;
  results: Results;
}

/** A file that is no result, as the user is told. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

// Of what a document says, in a message.
const mostShown = 120;

const schemaUrl = new URL('../../schema/pmd-bench-1.json', import.meta.url);
let validator: Promise<ValidateFunction<Results>> | undefined;

/** What means standard input. */
const stdinName = '-';
let isStdinRead = false;

/** Reads results: documents of `--json`, or the last lines of `--ndjson`. Throws a {@link DocumentError} for anything else. */
export function readResults(files: readonly string[]): Promise<ResultDocument[]> {
  return Promise.all(files.map(readResult));
}

async function readResult(file: string): Promise<ResultDocument> {
  const document = parse(file, await read(file));
  const { schema } = (document ?? {}) as { schema?: unknown };
  if (typeof schema === 'string' && schema !== schemaName)
    throw new DocumentError(`${file} is of the schema ${describe(schema)}: this reads "${schemaName}"`);
  const fault = insanityOf(document) ?? (await schemaFaultOf(document));
  if (fault !== undefined) throw noResult(file, fault);
  const results = document as Results;
  const insanity = insanityOfResults(results);
  if (insanity !== undefined) throw noResult(file, insanity);
  return { file: file === stdinName ? 'stdin' : file, results };
}

async function schemaFaultOf(document: unknown): Promise<string | undefined> {
  validator ??= compile();
  const validate = await validator;
  if (validate(document)) return undefined;
  const { instancePath = '', message = 'is wrong' } = validate.errors?.[0] ?? {};
  return `${instancePath.slice(0, mostShown) || 'the document'} ${message}`;
}

function noResult(file: string, fault: string): DocumentError {
  return new DocumentError(`${file} is no result of pmd-bench (--json): ${fault}`);
}

async function read(file: string): Promise<string> {
  try {
    return await (file === stdinName ? readStdin() : readFile(file, 'utf8'));
  } catch (error) {
    throw new DocumentError(`${file} can't be read: ${(error as Error).message}`);
  }
}

async function readStdin(): Promise<string> {
  if (isStdinRead) throw new Error('standard input can be read once');
  isStdinRead = true;
  return await text(process.stdin);
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const lines = text.trimEnd().split('\n');
    const last = lines.length > 1 ? tryParse(lines.at(-1)!) : undefined;
    if (last !== undefined) return last;
    throw new DocumentError(`${file} is not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`);
  }
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Loaded when a document is read, and not by commands that measure. */
async function compile(): Promise<ValidateFunction<Results>> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const schema = JSON.parse(await readFile(schemaUrl, 'utf8')) as object;
  return new Ajv2020({ strictTypes: false }).compile<Results>(schema);
}
