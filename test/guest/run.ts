// Boots guests and runs in them what needs a real VF. The output is theirs, counts included: mocha's summaries and the
// conformance suite's line. Fails if any of it does.
//
//   node --import tsx test/guest/run.ts [SESSION…] [-- mocha arguments for the session, instead of its own]
//
// PMD_SCALE scales the long loops: 1, the default, is the short form of every run, and 10 the long run.
import { availableParallelism } from 'node:os';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { prepare } from './runner/prepare.ts';
import { runSession } from './runner/session.ts';
import { sessions } from './runner/sessions.ts';

const { positionals, tokens } = parseArgs({ allowPositionals: true, strict: false, tokens: true });
const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index;
const mochaArgs = end === undefined ? [] : process.argv.slice(2 + end + 1);
const names = positionals.slice(0, positionals.length - mochaArgs.length);
const chosen = names.length > 0 ? sessions.filter(({ name }) => names.includes(name)) : sessions;
if (chosen.length === 0 || names.length > chosen.length) {
  console.error(`the sessions are ${sessions.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

/** Guests at once: each has one emulated processor, and waits for its devices' resets a third of the time. */
const lanes = Math.min(2, availableParallelism(), chosen.length);

await prepare();
const waiting = [...chosen];
const failed: string[] = [];

/** Runs one session after the other. Of two lanes, each shows what a session said when it has ended. */
async function lane(): Promise<void> {
  for (let session = waiting.shift(); session !== undefined; session = waiting.shift()) {
    const output = lanes === 1 ? process.stdout : new PassThrough();
    const begin = performance.now();
    const whole = output instanceof PassThrough ? text(output) : undefined;
    if (!(await runSession(session, mochaArgs, output))) failed.push(session.name);
    if (output instanceof PassThrough) output.end();
    process.stdout.write((await whole) ?? '');
    console.log(`guest ${session.name}: ${((performance.now() - begin) / 1000).toFixed(0)} s in all`);
  }
}

await Promise.all(Array.from({ length: lanes }, lane));
if (failed.length > 0) console.error(`guest: failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
