// The addon and the native tests under sanitizers: builds both, then runs the native tests, the conformance scenarios on the
// emulation and TypeScript suites. Everything that a sanitizer reports ends the process that it is found in, and fails a test.
//
//   node scripts/sanitize.mjs address|thread [SUITE[@FACTOR]…]
//
// A suite is a directory or a file of test/; it runs with FACTOR times PMD_SCALE.
//
// ASan, with UBSan and LSan; or TSan. What is suppressed, and why: test/sanitizers.
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [kind = '', ...suites] = process.argv.slice(2);
const jobs = `${availableParallelism()}`;
const suppressions = (name) => `suppressions=${join(root, 'test/sanitizers', `${name}.supp`)}`;

const kinds = {
  address: {
    sanitizers: 'address,undefined',
    libraries: ['libasan.so', 'libubsan.so'],
    environment: {
      // Two frames of context for allocations: see leak.supp. A small quarantine: tests look at the resident size.
      ASAN_OPTIONS: `detect_leaks=1:malloc_context_size=2:quarantine_size_mb=16:${suppressions('address')}`,
      LSAN_OPTIONS: `${suppressions('leak')}:print_suppressions=0`,
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
  },
  thread: {
    sanitizers: 'thread',
    libraries: ['libtsan.so'],
    environment: { TSAN_OPTIONS: `halt_on_error=1:${suppressions('thread')}` },
  },
};
const chosen = kinds[kind];
if (chosen === undefined) {
  console.error(`say which: node scripts/sanitize.mjs ${Object.keys(kinds).join('|')} [SUITE…]`);
  process.exit(2);
}
const build = `build-${kind}`;

/** Runs a command; what it prints is shown when it fails, or all of it with `shown`. */
function run(command, args, { shown = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (shown) process.stdout.write(chunk);
      });
    }
    child.on('close', (status) => {
      if (status !== 0 && !shown) process.stdout.write(output);
      resolve(status === 0);
    });
  });
}

async function compile() {
  const option = `PMD_SANITIZE=${chosen.sanitizers}`;
  const addon = ['compile', '--out', `${build}/addon/build`, '--parallel', jobs, `--CD${option}`];
  for (const [command, args] of [
    ['cmake', ['-S', '.', '-B', build, '-G', 'Ninja', `-D${option}`]],
    ['cmake', ['--build', build, '-j', jobs]],
    [process.execPath, [join(root, 'node_modules/cmake-js/bin/cmake-js'), ...addon]],
  ]) {
    if (!(await run(command, args))) process.exit(1);
  }
}

/** The sanitizer's runtime must be there before Node's first allocation; node-gyp-build is told where the addon is. */
function withSanitizer() {
  const library = (name) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  return {
    ...chosen.environment,
    LD_PRELOAD: chosen.libraries.map(library).join(' '),
    VFIO_PMD_PREBUILD: join(root, build, 'addon'),
  };
}

await compile();
const native = await run('ctest', ['--test-dir', build, '--verbose', '-L', 'unit'], {
  shown: true,
  env: chosen.environment,
});
const conformance = await run(join(root, build, 'test/conformance'), ['--bus=emulation'], {
  shown: true,
  env: chosen.environment,
});
let typescript = true;
for (const suite of suites) {
  const [name, factor = '1'] = suite.split('@');
  console.log(`\n--- ${name} with the ${kind} sanitizer`);
  const good = await run(process.execPath, ['scripts/test/mocha.mjs', `test/${name}`], {
    shown: true,
    env: { ...withSanitizer(), PMD_SCALE: `${Number(process.env.PMD_SCALE ?? 1) * Number(factor)}` },
  });
  typescript &&= good;
}
process.exitCode = native && conformance && typescript ? 0 : 1;
