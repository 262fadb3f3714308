// How resolvers and compilers find what the package promises.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** A CommonJS program requires the ES modules, which Node >= 20.19 allows and compilers of older settings do not know. */
const profile = ['--profile', 'esm-only'];

function checkTypes(root, tarball, findings) {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  try {
    execFileSync(
      process.execPath,
      [attw, tarball, '--format', 'ascii', '--no-color', '--no-emoji', ...profile],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  } catch (error) {
    findings.fault(`@arethetypeswrong/cli:\n${error.stdout}${error.stderr}`, 'see exports in package.json');
  }
}

export async function checkPackage({ root, tarball, findings }) {
  const { buffer, byteLength } = new Uint8Array(readFileSync(tarball.path));
  const { messages, pkg } = await publint({
    strict: true,
    level: 'suggestion',
    pack: { tarball: buffer.slice(0, byteLength) },
  });
  for (const message of messages) {
    findings.fault(`publint: ${formatMessage(message, pkg)}`, 'see package.json');
  }
  checkTypes(root, tarball.path, findings);
}
