import { join } from 'node:path';
import type { Writable } from 'node:stream';
import {
  fetchPackages,
  type GuestOptions,
  LabError,
  runInGuest,
  timeoutExitCode,
} from '../../../src/lab/index.ts';
import { limitMs, limitSeconds } from '../../support/limits.ts';
import { results, root } from './paths.ts';
import type { Session } from './sessions.ts';

// Only what would otherwise wait for ever ends here.
const timeoutSeconds = limitSeconds(3600);
const bootTimeoutSeconds = limitSeconds(300);

/** Runs a session in a guest of its own; `output` gets all that it says. True when all of it passed. */
export async function runSession(
  session: Session,
  mochaArgs: readonly string[],
  output: Writable,
): Promise<boolean> {
  const say = (line: string) => output.write(`${line}\n`);
  say(`\nguest ${session.name}`);
  const options: GuestOptions = {
    ...session.guest,
    command: ['sh', '-c', script(session, mochaArgs)],
    cwd: root,
    env: { ...process.env, ...scaleEnvironment(session), ...(await dpdkEnvironment(session, say)) },
    stdin: null,
    stdout: output,
    stderr: output,
    log: say,
    writable: [results],
    timeoutSeconds,
    bootTimeoutSeconds,
    console: join(results, `${session.name}.console`),
    extraQemuArgs: [...monitorArgs(session.name), ...(session.guest.extraQemuArgs ?? [])],
  };
  try {
    const { exitCode, kernelRelease, qemuVersion, accelerator, bootSeconds } = await runInGuest(options);
    say(
      `guest ${session.name}: Linux ${kernelRelease}, QEMU ${qemuVersion}, ${accelerator}, booted in ${bootSeconds.toFixed(1)} s, exit ${exitCode}`,
    );
    if (exitCode === timeoutExitCode) say(oneFailed);
    return exitCode === 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(`guest ${session.name}: ${error.message}\n${oneFailed}`);
    return false;
  }
}

function scaleEnvironment({ scale = 1 }: Session): Record<string, string> {
  return { PMD_SCALE: String(scale * Number(process.env['PMD_SCALE'] ?? '1')) };
}

/** Where DPDK is, for its test; without it the test is skipped and says so. */
async function dpdkEnvironment(
  session: Session,
  say: (line: string) => void,
): Promise<Record<string, string>> {
  if (!session.dpdk) return {};
  try {
    return { PMD_DPDK_ROOT: await fetchPackages(['dpdk-dev'], { log: say }) };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(`guest ${session.name}: no DPDK: ${error.message}`);
    return {};
  }
}

/** What counts the tests of a guest that has not: it hung, crashed, or never ran. */
const oneFailed = '0 passed, 1 failed, 0 skipped';

function script(session: Session, mochaArgs: readonly string[]): string {
  const lines = ['status=0'];
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  if (session.conformance !== undefined && mochaArgs.length === 0) {
    const file = quote(join(results, session.conformance));
    // it ends with its counts, unless something ends it
    lines.push(
      `build-guest/conformance --bus=vfio --json ${file} || { [ $? -eq 1 ] || echo '${oneFailed}'; status=1; }`,
    );
  }
  const files = session.tests.map((test) => `build-guest/test/guest/${test}.js`);
  const hooks = ['--require', './build-guest/test/support/hooks.js'];
  const options = ['--no-config', '--exit', '--timeout', `${limitMs(300)}`, ...hooks, ...mochaArgs];
  const mocha = [process.execPath, 'scripts/test/mocha.mjs', ...files, '--', ...options];
  lines.push(`${mocha.map(quote).join(' ')} || status=1`, 'exit $status');
  return lines.join('\n');
}

/**
 * QEMU's monitor, as a serial port of the guest's: the tests there plug NICs and cables. A monitor and a port can't
 * share a character device, so QEMU has two, and connects them to each other.
 */
function monitorArgs(name: string): string[] {
  const socket = `vfio-pmd-guest-${process.pid}-${name}`;
  return [
    ...['-chardev', `socket,id=monitor,path=${socket},abstract=on,server=on,wait=off`],
    ...['-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', `socket,id=monitor-port,path=${socket},abstract=on`],
    ...['-device', 'virtserialport,chardev=monitor-port,name=monitor'],
  ];
}
