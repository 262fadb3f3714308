// Boots one guest and runs in it what needs a real VF: the conformance suite, then the mocha tests of this folder. Its
// output is theirs, counts included; it fails if they do, or if the IOMMU had to stop a device meanwhile.
//
//   node --import tsx test/guest/run.ts [mocha arguments, instead of the whole suite]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInGuest } from '../../src/lab/index.ts';

const root = join(import.meta.dirname, '../..');
const conformance = join(root, 'build-core/test/conformance');
const results = join(root, 'build-core/conformance');

const mocha = `${process.execPath} node_modules/mocha/bin/mocha.js`;
const suite = `
status=0
${conformance} --bus=vfio --json ${results}/vfio.json || status=1
${mocha} 'test/guest/**/*.test.ts' || status=1
exit $status
`;

if (!existsSync(conformance)) {
  console.error(`${conformance} is missing: cmake --build build-core`);
  process.exit(1);
}
const chosen = process.argv.slice(2);
const result = await runInGuest({
  command: ['sh', '-c', chosen.length > 0 ? `exec ${mocha} "$@"` : suite, 'sh', ...chosen],
  cwd: root,
  vfs: 2,
  writable: [results],
  timeoutSeconds: 900,
});
console.error(
  `guest: Linux ${result.kernelRelease}, QEMU ${result.qemuVersion}, ${result.accelerator}, booted in ${result.bootSeconds.toFixed(1)} s`,
);
process.exitCode = result.exitCode;
