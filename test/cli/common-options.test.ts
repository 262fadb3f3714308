import assert from 'node:assert/strict';
import type { Results } from '../../src/results/results.ts';
import { runPmdBench } from './support/child.ts';

async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

describe('pmd-bench -v and -V', () => {
  it('show the version, as --version does', async () => {
    const { stdout: version } = await runPmdBench(['--version']);
    assert.match(version, /^\d+\.\d+\.\d+\S*\n$/);
    for (const flag of ['-v', '-V']) {
      const { code, stdout, stderr } = await runPmdBench([flag]);
      assert.deepEqual([code, stdout, stderr], [0, version, '']);
    }
  });
});

describe('pmd-bench rx --verbose', () => {
  const line = /^emu:a: [0-9a-f:]{17} > [0-9a-f:]{17}, 60 bytes, \S.*$/;

  for (const flag of ['--verbose', '-v']) {
    it(`${flag} prints a line for each frame, before the table`, async () => {
      const { code, stdout } = await runPmdBench(['rx', 'emu:a,peer=flood', flag, '--packets', '7']);
      assert.equal(code, 0);
      const lines = stdout.split('\n');
      assert.equal(lines.filter((text) => line.test(text)).length, 7);
      assert.ok(lines.slice(0, 7).every((text) => line.test(text)));
      assert.match(lines[7]!, /^port /);
    });
  }

  it('prints them to stderr where stdout has a document', async () => {
    const args = ['rx', 'emu:a,peer=flood', '--verbose', '--packets', '7', '--json'];
    const { stdout, stderr } = await runPmdBench(args);
    assert.equal((JSON.parse(stdout) as Results).ports[0]!.rxPackets, 7);
    assert.equal(stderr.split('\n').filter((text) => line.test(text)).length, 7);
  });
});

describe('pmd-bench --mac', () => {
  const floods = ['emu:a,peer=flood', 'emu:b,peer=flood'];
  const macs = ['02:00:00:00:aa:01', '02:00:00:00:aa:02'];

  it('gives each port its address, in their order, and those without keep theirs', async () => {
    const both = await results('rx', ...floods, '--mac', macs[0]!, '--mac', macs[1]!, '--packets', '10');
    assert.deepEqual(
      both.ports.map(({ mac }) => mac),
      macs,
    );
    const one = await results('rx', ...floods, '--mac', macs[0]!, '--packets', '10');
    assert.equal(one.ports[0]!.mac, macs[0]);
    assert.ok(!macs.includes(one.ports[1]!.mac));
  });

  it("is refused when it is a group's", async () => {
    const group = ['rx', 'emu:a', '--mac', '01:00:00:00:00:01'];
    const { code, stderr } = await runPmdBench(group);
    assert.equal(code, 2);
    assert.match(stderr, /^error: [^\n]*01:00:00:00:00:01[^\n]*\n$/);
  });

  it('is refused more often than there are ports', async () => {
    const { code, stderr } = await runPmdBench(['rx', 'emu:a', '--mac', macs[0]!, '--mac', macs[1]!]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: 2 times --mac, and 1 ports: give one for each port at most\n$/);
  });
});

describe('pmd-bench --mtu', () => {
  const long = 'emu:a,peer=flood,size=1900,rate=10k';

  it('lets longer frames in', async () => {
    const { ports } = await results('rx', long, '--mtu', '1900', '--packets', '10');
    assert.deepEqual([ports[0]!.rxPackets, ports[0]!.rxBytes], [10, 19_000]);
  });

  it('is 1500 without', async () => {
    const { ports } = await results('rx', long, '--duration', '200ms');
    assert.equal(ports[0]!.rxPackets, 0);
    assert.ok(ports[0]!.rxFiltered! > 0);
  });

  it('is refused where the port does not take it', async () => {
    const { code, stderr } = await runPmdBench(['rx', 'emu:a', '--mtu', '67']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: [^\n]*an MTU of 67 [^\n]*68 to 9216[^\n]*\n$/);
  });
});

describe('pmd-bench --interval', () => {
  const flood = 'emu:a,peer=flood,rate=10k';

  it('tells rates that often', async () => {
    const often = await results('rx', flood, '--interval', '100ms', '--duration', '1s');
    const seldom = await results('rx', flood, '--interval', '1m', '--duration', '1s');
    assert.ok(often.intervals.length >= 2, `${often.intervals.length} intervals`);
    assert.equal(seldom.intervals.length, 1);
    const sum = (of: Results) => of.intervals.reduce((total, { ports }) => total + ports[0]!.rxPackets, 0);
    for (const run of [often, seldom]) assert.equal(sum(run), run.ports[0]!.rxPackets);
  });

  it('is refused when it is too short for a rate', async () => {
    const { code, stderr } = await runPmdBench(['rx', flood, '--interval', '50ms']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: [^\n]*'50ms' is invalid[^\n]*100ms at least[^\n]*\n$/);
  });
});

describe('pmd-bench lab run', () => {
  it('has its exit codes in its help', async () => {
    const { code, stdout } = await runPmdBench(['lab', 'run', '--help']);
    assert.equal(code, 0);
    const codes = stdout.slice(stdout.indexOf('Exit codes:'));
    for (const of of ['0 to 123', '124 ', '125 ', '126, 127', '128 + n'])
      assert.ok(codes.includes(`\n  ${of}`), of);
  });

  it('ends with 125 when the lab fails, and says why in a line', async () => {
    const { code, stdout, stderr } = await runPmdBench([
      'lab',
      'run',
      '--qemu',
      '/nonexistent',
      '--',
      'true',
    ]);
    assert.deepEqual([code, stdout], [125, '']);
    assert.match(stderr, /^lab: the QEMU named, \/nonexistent, does not run[^\n]*\n$/);
  });
});
