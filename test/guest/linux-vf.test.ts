import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { openPort } from '../../src/index.ts';
import { scaled } from '../support/scale.ts';
import { assertDocumented, rejection } from './support/documented.ts';
import { bind, interfaceOf, Nic } from './support/nic.ts';
import { Program } from './support/program.ts';
import { guestSuite } from './support/suite.ts';

const execute = promisify(execFile);
const [own, theirs] = ['10.77.0.1', '10.77.0.2'];

guestSuite("a VF under Linux's igbvf", () => {
  const nic = () => Nic.ofGuest();
  before(async () => {
    execFileSync('modprobe', ['igbvf']);
    await bind(nic().vf(1), 'igbvf');
    await nic().ip('address', 'add', `${own}/24`, 'dev', interfaceOf(nic().vf(1)));
    await nic().ip('link', 'set', interfaceOf(nic().vf(1)), 'up');
  });
  after(() => bind(nic().vf(1), 'vfio-pci'));

  it('is refused: the hint says how to take it from there', async () => {
    assertDocumented('not bound to vfio-pci', await rejection(openPort(nic().vf(1))));
  });

  it('is answered by examples/responder.ts on our port: ARP, and every ping', async function () {
    const pings = scaled('pings of each size', 1000, { least: 50, long: 1000 });
    this.timeout(60_000 + pings * 100);
    const responder = new Program('../../../examples/responder', [nic().vf(0), theirs]);
    await responder.says(`${nic().vf(0)} answers for ${theirs} as ${nic().vfMac(0)}`);
    for (const size of ['56', '1472']) {
      // -A: the next one as soon as the last is answered
      const { stdout } = await execute('/run/lab/busybox', [
        'ping',
        '-A',
        '-q',
        '-c',
        `${pings}`,
        '-s',
        size,
        theirs,
      ]);
      assert.match(
        stdout,
        new RegExp(`${pings} packets transmitted, ${pings} packets received, 0% packet loss`),
      );
    }
    responder.signal('SIGINT');
    assert.equal(await responder.ended, 0, responder.errors);
  });
});
