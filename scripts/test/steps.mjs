// What npm test does. Steps begin in this order, as far as they need not wait: see schedule.mjs.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { scaled } from '../scale.mjs';
import { limitSeconds } from './slowness.mjs';

const root = join(import.meta.dirname, '../..');
const jobs = `${availableParallelism()}`;
const bin = (name) => `node_modules/.bin/${name}`;
const node = (...args) => [process.execPath, args];
/** A file or directory of test/; or, after a "!", a file to leave out. */
const inTest = (name) => (name.startsWith('!') ? `!test/${name.slice(1)}` : `test/${name}`);
const mocha = (...names) => node('scripts/test/mocha.mjs', ...names.map(inTest));
const conformance = (bus) => [
  'build-core/test/conformance',
  [`--bus=${bus}`, '--json', `build-core/${bus}.json`],
];
const cxxFiles = "git ls-files 'native/**' 'test/**' 'bench/**' | grep -E '\\.(h|cc)$'";

/**
 * Under ASan run those of the TypeScript suites that load the addon here. The guest has one of its own, and so has a package. The
 * factors are of PMD_SCALE, which is 10 in the full run: what looks for leaks is done as often as without sanitizers.
 */
const sanitizedSuites = [
  ...[
    'unit@0.1',
    'programs@0.1',
    'faults@0.1',
    'traffic@0.001',
    'measure@0.1',
    'cli@0.1',
    'documents@0.1',
    'examples@0.1',
  ],
  ...['after-close', 'cycles', 'exit', 'wasm'].map((name) => `lifetime/${name}.test.ts`),
  'fuzz-api@0.1',
];
const threadedSuites = [
  ...['unit@0.1', 'lifetime/after-close.test.ts@0.1', 'lifetime/cycles.test.ts@0.1'],
  'faults/sequences.test.ts@0.03',
];
/** Whose processes are stopped and continued while they run. What takes what the machine gives is left out. */
const heldUpSuites = [
  ...['unit', 'faults', 'lifetime', 'measure', 'traffic', 'pcap', 'cli', 'examples', 'report'],
];
/** Those of pmd-bench's tests that can prove nothing while the machine does something else. */
const measuring = ['latency', 'rate', 'throughput'].map((name) => `cli/${name}.test.ts`);
/** QEMU's igb is slow: the full run has other ways to find what is rare. */
const qtestFrames = scaled('frames through QEMU', 1_000_000, { long: 1_000_000 });

/** Folders and files, in order, without those that lie in another. */
function places(...all) {
  const isIn = (place) => all.some((other) => place.startsWith(`${other}/`));
  return [...new Set(all)].filter((place) => !isIn(place)).sort();
}

/** Suites use each other's helpers, too. */
const helpers = ['test/support', 'test/*/support'];
const addon = ['native', 'binding.gyp'];
const library = [...addon, 'src/core', 'src/net', 'src/programs', 'src/index.ts', ...helpers];
const command = [...addon, 'src', ...helpers];
const core = ['native', 'CMakeLists.txt', 'test/CMakeLists.txt', 'test/drivers', 'test/support'];
const scenarios = [...core, 'test/conformance', 'test/qtest'];

/** What changes every step. */
export const coversAll = [
  'package.json',
  'package-lock.json',
  'scripts/test.mjs',
  'scripts/test',
  '.mocharc.cjs',
];

/**
 * A step is one command. With `counts`, its output counts its tests; otherwise it is one test. It `needs` what other steps make, and
 * is done only `after` them. What it `remakes` is what those steps have made: it runs not beside one that needs that, nor beside any
 * if what it measures wants the machine `alone`. `quiet`: its output matters only if it fails. `covers`: folders and files a change of which it would notice; a `*` is any one name.
 * `env`: what its environment has beside that of the run. `full`: of the full run only.
 */
export const steps = [
  {
    name: 'cmake',
    run: ['cmake', ['-S', '.', '-B', 'build-core', '-G', 'Ninja', '-DCMAKE_CXX_FLAGS=-Werror']],
    quiet: true,
    covers: places(...scenarios, 'test/native', 'test/fuzz'),
  },
  {
    name: 'addon',
    run: node('scripts/build-native.mjs'),
    quiet: true,
    covers: places(...addon, 'scripts/build-native.mjs', 'scripts/headers.mjs', 'scripts/sources-hash.mjs'),
  },
  {
    name: 'core',
    run: ['cmake', ['--build', 'build-core', '-j', jobs]],
    quiet: true,
    needs: ['cmake'],
    covers: places(...scenarios, 'test/native', 'test/fuzz', 'test/guest/native'),
  },
  {
    // Guests are emulated one processor each, and take minutes; much of what runs beside them waits more than it computes.
    name: 'guest',
    run: node('--import', 'tsx', 'test/guest/run.ts'),
    counts: true,
    needs: ['addon', 'core'],
    covers: places(
      ...scenarios,
      ...command,
      'docs/setup.md',
      'examples',
      'test/guest',
      'test/package/errors',
      'test/pcap/support',
    ),
  },
  { name: 'biome', run: [bin('biome'), ['check', '.']], covers: [''] },
  {
    name: 'clang-format',
    run: ['sh', ['-c', `${cxxFiles} | xargs node_modules/.bin/clang-format --dry-run --Werror`]],
    covers: ['.clang-format', 'native', 'test', 'bench'],
  },
  {
    name: 'types',
    run: [bin('tsc'), ['--noEmit']],
    covers: ['tsconfig.json', 'src', 'test', 'bench', 'examples', 'scripts'],
  },
  {
    name: 'dist',
    run: [bin('tsc'), ['-p', 'tsconfig.build.json']],
    covers: ['tsconfig.json', 'tsconfig.build.json', 'src'],
  },
  {
    name: 'docs',
    run: [bin('typedoc'), ['--treatWarningsAsErrors', '--logLevel', 'Warn']],
    covers: ['typedoc.json', 'README.md', 'docs', 'src'],
  },
  {
    // Beside the guest: it makes dist/ anew, and none that needs that can run meanwhile.
    name: 'package',
    run: mocha('package'),
    counts: true,
    needs: ['addon'],
    remakes: ['dist'],
    covers: places(
      ...[...command, 'CMakeLists.txt', 'docs', 'examples', 'schema', 'scripts', 'test/package', 'wasm'],
      ...['CHANGELOG.md', 'LICENSE', 'README.md'],
    ),
  },
  {
    name: 'native',
    run: [
      'ctest',
      ['--test-dir', 'build-core', '--verbose', '--timeout', `${limitSeconds(600)}`, '-L', 'unit'],
    ],
    counts: true,
    quiet: true,
    needs: ['core'],
    covers: places(...core, 'test/native', 'test/fuzz'),
  },
  {
    name: 'emulation',
    run: conformance('emulation'),
    counts: true,
    needs: ['core'],
    covers: places(...scenarios),
  },
  {
    // These wait for most of their time, and leave the processors to the guest.
    name: 'faults',
    run: mocha('faults'),
    counts: true,
    needs: ['addon'],
    covers: places(...library, 'test/faults'),
  },
  {
    name: 'measure',
    run: mocha('measure'),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...command, 'test/measure'),
  },
  {
    name: 'ports',
    run: node('scripts/test/own-network.mjs', ...mocha('ports')[1]),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...command, 'examples', 'wasm', 'scripts/test/own-network.mjs', 'test/ports'),
  },
  {
    name: 'lifetime',
    run: mocha('lifetime'),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...library, 'wasm', 'test/lifetime'),
  },
  {
    name: 'multi-queue',
    run: mocha('multi-queue'),
    counts: true,
    needs: ['core'],
    env: { VFIO_PMD_PREBUILD: join(root, 'build-core/test-addon') },
    covers: places(...library, 'CMakeLists.txt', 'test/CMakeLists.txt', 'test/drivers', 'test/multi-queue'),
  },
  {
    name: 'unit',
    run: mocha(
      'scripts',
      'unit',
      'net',
      'programs',
      'documents',
      'report',
      'pcap',
      'devices',
      'examples',
      'fuzz-api',
    ),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(
      ...[
        ...command,
        'docs',
        'examples',
        'schema',
        'scripts',
        'CONTRIBUTING.md',
        'README.md',
        '.dependency-cruiser.mjs',
        '.dependency-cruiser.d.mts',
        'biome.json',
        'CHANGELOG.md',
      ],
      'wasm',
      ...['bench', 'test'], // whose layers, sizes and citations are checked
    ),
  },
  {
    name: 'cli',
    run: mocha('cli', ...measuring.map((file) => `!${file}`)),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...command, 'docs/pmd-bench.md', 'schema', 'scripts/schema.mjs', 'wasm', 'test/cli'),
  },
  {
    name: 'lab',
    run: mocha('lab'),
    counts: true,
    covers: places(
      ...['src/core', 'src/index.ts', 'src/lab', 'src/net', 'src/programs', 'src/cli/lab.ts'],
      ...['test/lab', 'test/pcap/support', 'test/support'],
    ),
  },
  {
    name: 'qtest',
    run: conformance('qtest'),
    counts: true,
    needs: ['core'],
    after: ['lab'],
    covers: places(...scenarios),
  },
  {
    name: 'qtest-traffic',
    run: ['build-core/test/traffic', ['--bus=qtest', `--frames=${qtestFrames}`, '--seconds=120']],
    needs: ['core'],
    after: ['lab'],
    covers: places(...scenarios),
  },
  {
    name: 'documents',
    run: mocha('hostile-documents'),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...command, 'schema', 'test/hostile-documents'),
  },
  {
    name: 'fuzz-api',
    run: node('test/fuzz-api/main.mjs'),
    counts: true,
    needs: ['addon', 'dist'],
    covers: places(...library, 'test/fuzz-api', 'scripts/scale.mjs'),
  },
  {
    name: 'traffic',
    run: mocha('traffic'),
    counts: true,
    needs: ['addon'],
    covers: places(...library, 'test/traffic'),
  },
  {
    name: 'bench',
    run: mocha('bench'),
    counts: true,
    needs: ['addon'],
    covers: places(...command, 'CMakeLists.txt', 'bench', 'test/bench'),
  },
  {
    name: 'release',
    run: mocha('release'),
    counts: true,
    full: true,
    needs: ['addon', 'dist'],
    covers: places(
      ...[
        '.github',
        'action.yml',
        'package.json',
        'package-lock.json',
        'scripts/release',
        'scripts/release-check.mjs',
      ],
      ...['CHANGELOG.md', 'README.md', 'SECURITY.md', 'src', 'test/release', 'test/support'],
    ),
  },
  {
    name: 'corpora',
    run: mocha('corpora'),
    counts: true,
    full: true,
    covers: places('src/core', 'src/pcap', 'src/lab', 'test/corpora', 'test/pcap/support', 'test/support'),
  },
  {
    name: 'fuzz',
    run: node('scripts/fuzz.mjs'),
    counts: true,
    full: true,
    covers: ['native', 'test/fuzz', 'scripts/fuzz.mjs'],
  },
  {
    // No test may depend on how fast the machine is.
    name: 'held-up',
    run: node('scripts/test/hold-up.mjs', ...heldUpSuites.map(inTest)),
    counts: true,
    full: true,
    needs: ['addon', 'dist'],
    env: { PMD_SCALE: '0.1', PMD_FULL: '' },
    covers: ['native', 'src', 'test', 'examples', 'schema'],
  },
  {
    name: 'held-up-ports',
    run: node('scripts/test/own-network.mjs', 'scripts/test/hold-up.mjs', inTest('ports')),
    counts: true,
    full: true,
    needs: ['addon', 'dist'],
    env: { PMD_SCALE: '0.1', PMD_FULL: '' },
    covers: ['native', 'src', 'test', 'examples'],
  },
  {
    name: 'asan',
    run: node('scripts/sanitize.mjs', 'address', ...sanitizedSuites),
    counts: true,
    full: true,
    needs: ['dist'],
    covers: ['native', 'src', 'test', 'scripts/sanitize.mjs'],
  },
  {
    name: 'tsan',
    run: node('scripts/sanitize.mjs', 'thread', ...threadedSuites),
    counts: true,
    full: true,
    needs: ['dist'],
    covers: ['native', 'src', 'test', 'scripts/sanitize.mjs'],
  },
  {
    name: 'agreement',
    needs: ['emulation', 'qtest', 'guest'],
    run: node(
      'test/conformance/table.mjs',
      'build-core/emulation.json',
      'build-core/qtest.json',
      'build-guest/results/vfio.json',
      'build-guest/results/vfio-6.1.json',
    ),
    covers: places(...scenarios),
  },
  {
    name: 'timing',
    run: mocha(...measuring),
    counts: true,
    needs: ['addon', 'dist'],
    alone: true,
    covers: places(...command, 'test/cli'),
  },
];
