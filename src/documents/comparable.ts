import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Results } from '../results/results.ts';
import { DocumentError, type ResultDocument } from './read-results.ts';

// Of a value, in a message.
const mostShown = 300;

/** What one may want to know the effect of. */
const tuning = new Set([
  'durationSeconds',
  'packets',
  'burst',
  'rxRing',
  'txRing',
  'buffers',
  'destinations',
]);

/** Refuses results that did not measure the same. */
export function checkComparable(documents: readonly ResultDocument[]): void {
  const [first, ...rest] = documents as [ResultDocument, ...ResultDocument[]];
  for (const { file, results } of documents)
    if (results.error !== null)
      throw new DocumentError(`${file} ended with an error: ${results.error.message}`);
  for (const other of rest) {
    if (other.results.command !== first.results.command)
      throw differing(first, other, 'command', (r) => r.command);
    const [ours, theirs] = [askedOf(first.results), askedOf(other.results)];
    for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
      if (!isDeepStrictEqual(ours[name], theirs[name]))
        throw differing(first, other, name, (r) => askedOf(r)[name]);
  }
}

/** The options that say what was measured. */
function askedOf({ command, options }: Results): Record<string, unknown> {
  const asked = Object.entries(options).filter(([name]) => !tuning.has(name) && name !== 'file');
  // A capture's file is where it went; a replay's is what was sent, wherever it lies.
  if (command === 'replay') asked.push(['file', basename(`${options['file']}`)]);
  return Object.fromEntries(asked);
}

function differing(
  first: ResultDocument,
  other: ResultDocument,
  name: string,
  of: (results: Results) => unknown,
): DocumentError {
  const text = (document: ResultDocument) => shortened(JSON.stringify(of(document.results)) ?? 'nothing');
  return new DocumentError(
    `${first.file} and ${other.file} can't be compared: their ${name} differ, ${text(first)} and ${text(other)}`,
  );
}

function shortened(text: string): string {
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`;
}

/** What else is different between the two sides, and may be the cause. */
export function differingEnvironments(
  before: readonly ResultDocument[],
  after: readonly ResultDocument[],
): string[] {
  const valuesOf = (documents: readonly ResultDocument[], name: keyof Results['environment']) =>
    [...new Set(documents.map(({ results }) => JSON.stringify(results.environment[name])))]
      .sort()
      .join(' and ');
  const names = Object.keys(before[0]!.results.environment) as (keyof Results['environment'])[];
  return names.flatMap((name) => {
    const [ours, theirs] = [valuesOf(before, name), valuesOf(after, name)];
    return ours === theirs ? [] : [`${name}: ${ours} before, ${theirs} after`];
  });
}
