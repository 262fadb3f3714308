// Runs a Node program in a network namespace of its own, where it may make interfaces: PROGRAM ARGUMENT…
import { spawn, spawnSync } from 'node:child_process';

const words = ['--map-root-user', '--net'];
const probe = spawnSync('unshare', [...words, 'true'], { encoding: 'utf8' });
if (probe.status !== 0) {
  console.log(
    `skipped: this system grants no network namespace: ${(probe.error ?? probe.stderr).toString().trim()}`,
  );
  process.exit(77);
}
const child = spawn('unshare', [...words, process.execPath, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
