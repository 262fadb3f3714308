// Boots guests and runs in them what needs a real VF. The output is theirs, counts included: mocha's summaries and the
// conformance suite's line. Fails if any of it does.
//
//   node --import tsx test/guest/run.ts [SESSION…] [-- mocha arguments for the session, instead of its own]
//
// PMD_SCALE scales the long loops: 1, the default, is what the issues' bars demand of every run, and 10 the long run.
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

await prepare();
const failed: string[] = [];
for (const session of chosen) {
  if (!(await runSession(session, mochaArgs))) failed.push(session.name);
}
if (failed.length > 0) console.error(`guest: failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
