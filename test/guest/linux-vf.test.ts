import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { openPort } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { assertDocumented, rejection } from './support/documented.ts';
import { bind, interfaceOf, Nic } from './support/nic.ts';
import { Program } from './support/program.ts';
import { guestSuite } from './support/suite.ts';

const execute = promisify(execFile);
const [own, theirs] = ['10.77.0.1', '10.77.0.2'];

/** What busybox's ping says at its end. */
function answersOf(said: string): { sent: number; received: number } {
  const [, sent, received] = /(\d+) packets transmitted, (\d+) packets received/.exec(said) ?? [];
  return { sent: Number(sent), received: Number(received) };
}

guestSuite("a VF under Linux's igbvf", () => {
  const nic = () => Nic.ofGuest();
  beforeEach(async () => {
    execFileSync('modprobe', ['igbvf']);
    await bind(nic().vf(1), 'igbvf');
    await nic().ip('address', 'add', `${own}/24`, 'dev', interfaceOf(nic().vf(1)));
    await nic().ip('link', 'set', interfaceOf(nic().vf(1)), 'up');
  });
  afterEach(() => bind(nic().vf(1), 'vfio-pci'));

  it('is refused: the hint says how to take it from there', async () => {
    assertDocumented('not bound to vfio-pci', await rejection(openPort(nic().vf(1))));
  });

  it('is answered by examples/responder.ts on our port: ARP, and every ping', async function () {
    const pings = scaled('pings of each size', 200, { least: 50, long: 1000 });
    this.timeout(limitMs(300 + pings));
    const responder = new Program('../../../examples/responder', [nic().vf(0), theirs]);
    await responder.says(`${nic().vf(0)} answers for ${theirs} as ${nic().vfMac(0)}`);
    let asked = 0;
    for (const size of ['56', '1472']) {
      // -A: the next one as soon as the last is answered, and one more when that takes longer than ping expects, for the
      // answer to which it does not wait.
      const options = ['-A', '-q', '-c', `${pings}`, '-s', size];
      const { stdout } = await execute('/run/lab/busybox', ['ping', ...options, theirs]);
      const { sent, received } = answersOf(stdout);
      assert.ok(received >= pings, stdout);
      asked += sent;
    }
    responder.signal('SIGINT');
    assert.equal(await responder.ended, 0, responder.errors);
    const answered = Number(/^stopped after (\d+) answers$/m.exec(responder.lines.join('\n'))?.[1]);
    assert.ok(answered >= asked, `${answered} answers to ${asked} pings and the questions before them`);
  });
});
