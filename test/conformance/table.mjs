// node test/conformance/table.mjs RESULTS.json…
// One table of what `conformance --json` wrote, with a column for each file, named as it is. Exit status 1 when a scenario failed, when two buses
// disagree, or when one of them does not know a scenario. "n/a" agrees with anything: its reason is in the footnotes.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** @typedef {{ scenario: string, outcome: 'pass' | 'FAIL' | 'n/a', reason: string, ms: number }} Result */
/** @typedef {{ column: string, bus: string, device: string, results: Result[] }} Run */

/** @returns {Run} */
function read(file) {
  return { column: basename(file, '.json'), ...JSON.parse(readFileSync(file, 'utf8')) };
}

/** The rows of the table: one for each scenario that any bus knows. */
export function compare(/** @type {Run[]} */ runs) {
  const names = [...new Set(runs.flatMap((run) => run.results.map((result) => result.scenario)))].sort();
  return names.map((name) => {
    const results = runs.map((run) => run.results.find((result) => result.scenario === name));
    const outcomes = new Set(results.map((result) => result?.outcome ?? 'missing'));
    const demanded = [...outcomes].filter((outcome) => outcome !== 'n/a');
    const agree = demanded.length <= 1 && !outcomes.has('missing');
    return { name, results, agree, everywhere: agree && outcomes.size === 1 && outcomes.has('pass') };
  });
}

function print(/** @type {Run[]} */ runs, /** @type {ReturnType<typeof compare>} */ rows) {
  const notes = [];
  const noteFor = (text) => {
    if (!notes.includes(text)) notes.push(text);
    return `[${notes.indexOf(text) + 1}]`;
  };
  const cell = (result) => {
    if (result === undefined) return 'missing';
    return result.reason === '' ? result.outcome : `${result.outcome} ${noteFor(result.reason)}`;
  };
  const width = Math.max(...rows.map((row) => row.name.length));
  console.log(`${'scenario'.padEnd(width)}  ${runs.map((run) => run.column.padEnd(11)).join('')}`);
  for (const row of rows) {
    const cells = row.results.map((result) => cell(result).padEnd(11)).join('');
    console.log(`${row.name.padEnd(width)}  ${cells}${row.agree ? '' : 'DISAGREE'}`);
  }
  console.log();
  for (const run of runs) console.log(`${run.column}: ${run.device}`);
  for (const [index, note] of notes.entries()) console.log(`[${index + 1}] ${note}`);
}

function main(files) {
  if (files.length < 1) {
    console.error('usage: node table.mjs RESULTS.json…');
    return 2;
  }
  const runs = files.map(read);
  const rows = compare(runs);
  print(runs, rows);
  const failed = rows.filter((row) => row.results.some((result) => result?.outcome === 'FAIL'));
  const disagreeing = rows.filter((row) => !row.agree);
  const everywhere = rows.filter((row) => row.everywhere);
  console.log(
    `${rows.length} scenarios, ${everywhere.length} passed in all of ${runs.length} columns, ` +
      `${failed.length} failed, ${disagreeing.length} disagreements`,
  );
  return rows.length > 0 && failed.length === 0 && disagreeing.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
