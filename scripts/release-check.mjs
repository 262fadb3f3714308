// Does all that a release needs, short of publishing: npm run release:check [-- --tag v1.2.3] [--sbom FILE] [--built]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checks } from './release/checks.mjs';
import { Findings } from './release/notes.mjs';
import { pack } from './release/tarball.mjs';

const { values } = parseArgs({
  options: {
    tag: { type: 'string' }, // of the release that is being made: nothing may be left to do then
    sbom: { type: 'string' }, // where the bill of materials goes
    built: { type: 'boolean' }, // dist/ and prebuilds/ are what is released: they are not made anew
  },
});

const root = join(import.meta.dirname, '..');
const findings = new Findings();
let tarball;
const state = {
  root,
  findings,
  tag: values.tag,
  manifest: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  get tarball() {
    tarball ??= pack(root, { built: values.built });
    return tarball;
  },
  sbom: (text) => values.sbom && writeFileSync(values.sbom, text),
};

for (const [name, check] of checks) {
  findings.begin(name);
  try {
    await check(state);
  } catch (error) {
    findings.fault(error.message, 'the check itself failed: see what it ran');
  }
  const found = findings.of(name);
  console.log(`${found.length === 0 ? 'ok   ' : found[0].kind.padEnd(5)} ${name}`);
  for (const { kind, text, cure } of found) console.log(`      ${kind}: ${text}\n      -> ${cure}`);
}

const faults = findings.list.filter(({ kind }) => kind === 'fault' || values.tag !== undefined);
const left = findings.list.length - faults.length;
console.log(`\n${faults.length} faults, ${left} left to do before the tag`);
process.exitCode = faults.length === 0 ? 0 : 1;
