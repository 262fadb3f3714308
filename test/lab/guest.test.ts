import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PmdError } from '../../src/index.ts';
import { type GuestResult, LabError, runInGuest } from '../../src/lab/index.ts';
import { limitMs, limitSeconds } from '../support/limits.ts';
import { Collector } from './support/collector.ts';

/** A boot takes half a minute at rest. */
const limits = { bootTimeoutSeconds: limitSeconds(250), timeoutSeconds: limitSeconds(280) };
/** Enough for a kernel's first words. */
const hangSeconds = limitSeconds(15);
const inspectGuest = fileURLToPath(new URL('support/inspect-guest.mjs', import.meta.url));

describe('a guest', () => {
  const input = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
  const stdout = new Collector();
  const stderr = new Collector();
  let result: GuestResult;
  let writable: string;
  let report: Record<string, unknown> & {
    vfs: { address: string; driver: string; hasNode: boolean; group: string }[];
  };

  before(async function () {
    this.timeout(limitMs(1800)); // it may have to fetch a kernel and QEMU first
    writable = await mkdtemp(join(tmpdir(), 'lab-writable-'));
    result = await runInGuest({
      command: [process.execPath, inspectGuest, writable],
      cwd: '/usr',
      env: { ...process.env, GREETING: 'it\'s "quoted" $HOME\nand two lines' },
      stdin: Readable.from([input.subarray(0, 70_000), input.subarray(70_000)]),
      stdout,
      stderr,
      writable: [writable],
      pcap: join(writable, 'wire.pcap'),
      console: join(writable, 'console'),
      ...limits,
    });
    report = JSON.parse(stdout.text);
  });
  after(() => rm(writable, { recursive: true, force: true }));

  it("runs the host's Node under its own kernel", () => {
    assert.equal(report['release'], result.kernelRelease);
    assert.notEqual(report['release'], undefined);
    assert.ok(result.bootSeconds > 0);
  });

  it('passes the exit status', () => {
    assert.equal(result.exitCode, 7);
    assert.equal(result.timedOut, false);
  });

  it('passes the directory and the environment', () => {
    assert.equal(report['cwd'], '/usr');
    assert.equal(report['greeting'], 'it\'s "quoted" $HOME\nand two lines');
  });

  it('passes input whole, and output and errors apart and byte for byte', () => {
    assert.ok(Buffer.from(String(report['inputBase64']), 'base64').equals(input));
    assert.deepEqual(
      [...stderr.bytes],
      Array.from({ length: 256 }, (_, byte) => byte),
    );
  });

  it('has two VFs on vfio-pci, each alone in a group that can be opened', () => {
    assert.equal(report.vfs.length, 2);
    assert.deepEqual(
      report['named'],
      report.vfs.map(({ address }) => address),
    );
    for (const vf of report.vfs) {
      assert.match(vf.address, /^0000:[0-9a-f]{2}:1[0-9a-f]\.\d$/);
      assert.equal(vf.driver, 'vfio-pci');
      assert.equal(vf.hasNode, true);
    }
    assert.notEqual(report.vfs[0]!.group, report.vfs[1]!.group);
  });

  it('has the PF up, with MACs set by it', () => {
    assert.match(String(report['links']), /eth0: <[^>]*\bUP\b/);
    assert.match(String(report['links']), /vf 0 .*52:54:00:00:00:10/);
    assert.match(String(report['links']), /vf 1 .*52:54:00:00:00:11/);
  });

  it('has an IOMMU with interrupt remapping, and nothing has faulted', () => {
    assert.match(String(report['kernelLog']), /DMAR: IOMMU enabled/);
    assert.match(String(report['kernelLog']), /DMAR-IR: Enabled IRQ remapping/);
    assert.doesNotMatch(String(report['kernelLog']), /DMAR:.*fault/i);
  });

  it('has huge pages and the file systems that programs expect', () => {
    assert.equal(report['freeHugePages'], 256);
    for (const directory of ['/run', '/dev/shm', '/dev/hugepages', '/dev/pts']) {
      assert.match(String(report['mounts']), new RegExp(` ${directory} `));
    }
  });

  it('writes through to the host where it may, and nowhere else', async () => {
    assert.equal(await readFile(join(writable, 'from-guest'), 'utf8'), 'written through');
    assert.equal(existsSync('/etc/only-in-the-guest'), false);
  });

  it('captures the wire and keeps the console', async () => {
    const pcapMagic = 0xa1b2c3d4;
    assert.equal((await readFile(join(writable, 'wire.pcap'))).readUInt32LE(0), pcapMagic);
    assert.ok((await stat(join(writable, 'console'))).size > 0);
  });
});

describe("a guest's end", () => {
  it('is 128 + N for a command that signal N killed, at once even if a child of it holds the output', async () => {
    const [stdout, stderr] = [new Collector(), new Collector()];
    const script = 'sleep 1000 & echo before; kill -KILL $$';
    const result = await runInGuest({
      command: ['sh', '-c', script],
      stdin: null,
      stdout,
      stderr,
      ...limits,
    });
    assert.equal(result.exitCode, 128 + 9);
    assert.equal(stdout.text, 'before\n');
    assert.equal(stderr.text, '');
  });

  for (const [what, command, exitCode] of [
    ['no such command', ['no-such-command'], 127],
    ['a file that is no program', ['/etc/passwd'], 126],
  ] as const) {
    it(`is ${exitCode} for ${what}, and the output says so`, async () => {
      const stderr = new Collector();
      const result = await runInGuest({ command, stdin: null, stderr, ...limits });
      assert.equal(result.exitCode, exitCode);
      assert.match(stderr.text, new RegExp(command[0].slice(1)));
    });
  }

  it("is 124 and the console's tail when the guest hangs", async () => {
    const [stdout, stderr] = [new Collector(), new Collector()];
    const result = await runInGuest({
      command: ['tail', '-f', '/dev/null'],
      stdin: null,
      stdout,
      stderr,
      timeoutSeconds: hangSeconds,
      // a kernel that talks from the start: on a busy machine the guest may not get to its command in time
      extraQemuArgs: ['-append', 'console=ttyS0'],
    });
    assert.equal(result.exitCode, 124);
    assert.equal(result.timedOut, true);
    assert.ok(stderr.text.includes(`longer than ${hangSeconds} s; the end of its console:\n`), stderr.text);
    assert.match(stderr.text, /^ {2}\[ *\d+\.\d+\] /m);
  });

  it('is an error, with the end of its console, when it does not get through its boot in time', async () => {
    const guest = runInGuest({ command: ['true'], stdin: null, bootTimeoutSeconds: 0.5 });
    await assert.rejects(
      guest,
      (error) =>
        error instanceof LabError && /not begun its command within 0\.5 s; the end/.test(error.message),
    );
  });

  it("is an error with QEMU's own words when QEMU does not start", async () => {
    const guest = runInGuest({
      command: ['true'],
      stdin: null,
      extraQemuArgs: ['-device', 'no-such-device'],
    });
    await assert.rejects(guest, (error) => error instanceof LabError && /no-such-device/.test(error.message));
  });
});

describe("a guest that can't be", () => {
  const cases: [string, Parameters<typeof runInGuest>[0], RegExp][] = [
    ['no command', { command: [] }, /no command/],
    ['too many VFs', { command: ['true'], vfs: 8 }, /vfs is 8.*0 to 7/],
    ['no time', { command: ['true'], timeoutSeconds: 0 }, /timeoutSeconds is 0/],
    ['a writable directory that is not there', { command: ['true'], writable: ['/no/such'] }, /\/no\/such/],
    ['a kernel that is none', { command: ['true'], kernel: '/etc/passwd' }, /\/etc\/passwd/],
    [
      'a QEMU that is none',
      { command: ['true'], qemu: '/bin/true' },
      /\/bin\/true does not run|\/bin\/true,/,
    ],
  ];
  for (const [name, options, message] of cases) {
    it(`is refused before anything starts: ${name}`, async () => {
      await assert.rejects(
        runInGuest({ ...options, stdin: null }),
        (error) =>
          error instanceof LabError &&
          error instanceof PmdError &&
          error.code === 'ERR_PMD_LAB' &&
          message.test(error.message) &&
          error.message.endsWith(`(${error.hint})`),
      );
    });
  }
});
