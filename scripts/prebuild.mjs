// Makes prebuilds/: the addon that the package ships, for the oldest Node it supports and, being Node-API, for every later
// one. prebuildify deletes build/ first, out of which a program may just be running its addon; so it works on a copy.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { headersDirectory } from './headers.mjs';

const root = join(import.meta.dirname, '..');
const inputs = ['package.json', 'binding.gyp', 'scripts/sources-hash.mjs', 'native'];
const output = join(root, 'prebuilds', `${process.platform}-${process.arch}`);

function run(args, options = {}) {
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', ...options });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    process.exit(result.status ?? 1);
  }
  return result.stdout?.trim();
}

/** Whether what is there was built from these sources, with these settings. */
function isCurrent() {
  if (!existsSync(output)) return false;
  const [addon] = readdirSync(output).filter((name) => name.endsWith('.node'));
  if (addon === undefined) return false;
  const path = join(output, addon);
  const newest = Math.max(
    ...[join(root, 'binding.gyp'), import.meta.filename].map((file) => statSync(file).mtimeMs),
  );
  if (statSync(path).mtimeMs < newest) return false;
  const built = run(['-p', `require(${JSON.stringify(path)}).control.buildInfo().value.sourcesHash`]);
  return built === run([join(root, 'scripts/sources-hash.mjs')]);
}

function prebuild() {
  const stage = mkdtempSync(join(root, 'build-prebuild-')); // in here, node_modules is found
  rmSync(output, { recursive: true, force: true });
  mkdirSync(join(stage, 'scripts'), { recursive: true });
  for (const name of inputs) cpSync(join(root, name), join(stage, name), { recursive: true });

  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const oldest = `${/\d+\.\d+/.exec(engines.node)[0]}.0`;
  const env = { ...process.env, JOBS: `${availableParallelism()}`, npm_config_loglevel: 'warn' };
  const nodedir = headersDirectory();
  if (nodedir) env.npm_config_nodedir = nodedir;
  const prebuildify = join(root, 'node_modules/prebuildify/bin.js');
  const options = ['--napi', '--strip', '--tag-libc', '--target', oldest, '--cwd', stage, '--out', root];
  process.once('exit', () => rmSync(stage, { recursive: true, force: true }));
  run([prebuildify, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

if (!isCurrent()) prebuild();
