// `npm run demo`: builds what is missing or stale, then forwards frames between two emulated VFs for some seconds. It needs
// Node, a C++ compiler, make and python3, and neither a NIC nor root.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const addon = join(root, 'build/Release/vfio_pmd.node');
const command = join(root, 'dist/cli/main.js');
const seconds = 5;
const ports = ['emu:a,peer=flood', 'emu:b,peer=flood'];

checkNode();
buildNative();
buildTypeScript();
forward();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return;
  stop(
    `vfio-pmd needs Node 20.19, or 22.12 and later; this is ${process.version}: see https://nodejs.org/en/download`,
  );
}

function buildNative() {
  if (isFresh(addon, ['native', 'binding.gyp'])) return;
  const needed = [['python3', 'python3'], ['make', 'make'], ...(process.env.CXX ? [] : [['g++', 'g++']])];
  const missing = needed.filter(([program]) => !isProgram(program)).map(([, debianPackage]) => debianPackage);
  if (missing.length > 0) {
    stop(
      `the addon is built with ${missing.join(' and ')}, not found here: apt-get install ${missing.join(' ')}`,
    );
  }
  step('building the addon', [join(root, 'scripts/build-native.mjs')]);
}

function buildTypeScript() {
  if (isFresh(command, ['src', 'tsconfig.json', 'tsconfig.build.json'])) return;
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(compiler)) stop('the dependencies are not there: npm ci');
  step('compiling TypeScript', [compiler, '-p', join(root, 'tsconfig.build.json')]);
}

function forward() {
  console.log(`forwarding between two emulated VFs for ${seconds} s, 60-byte frames, both ways:`);
  console.log(`$ pmd-bench fwd ${ports.join(' ')} --duration ${seconds}s\n`);
  const child = spawn(process.execPath, [command, 'fwd', ...ports, '--duration', `${seconds}s`], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child as well, and is its to answer, with the table.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

/** Runs a script of Node's, and shows what it wrote only when it fails. */
function step(what, args) {
  process.stdout.write(`${what} … `);
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  console.log(status === 0 ? `${((performance.now() - start) / 1000).toFixed(1)} s` : 'failed');
  if (status === 0) return;
  process.stderr.write(stdout + stderr);
  process.exit(1);
}

/** Whether a built file is there, and none of its sources is newer. */
function isFresh(built, sources) {
  const builtMs = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  return builtMs !== undefined && sources.every((source) => newestMs(join(root, source)) <= builtMs);
}

function newestMs(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function isProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function stop(reason) {
  console.error(`demo: ${reason}`);
  process.exit(1);
}
