import assert from 'node:assert/strict';
import type { Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill } from '../support/frames.ts';
import { freshAddress, freshFlood } from '../support/ports.ts';
import { settles } from '../support/until.ts';
import { Diary, inject, onRig, type Rig, withFaults } from './support/rig.ts';

/** Has a port recover from a fault, while the other end of its wire stands by. */
const recovers = (...faults: string[]) =>
  onRig(async (rig) => {
    const [left, right] = await rig.wire();
    const [diary, other] = [new Diary(left), new Diary(right)];
    await rig.flowsBothWays(left, right);
    inject(left, ...faults);
    const reason = await diary.told('recovering');
    const { elapsedMs } = (await diary.told('recovered')) as { elapsedMs: number };
    assert.ok(typeof reason === 'string' && reason.length > 0);
    assert.ok(elapsedMs > 0, `${elapsedMs} ms`);
    await rig.flowsBothWays(left, right);
    assert.equal(diary.count('removal'), 0);
    assert.deepEqual(other.names(), [], 'the other port is not disturbed');
  });

describe('a PF', () => {
  it('that resets is survived', recovers('pf-reset'));
  it('that resets three times in a row is survived', recovers('pf-reset', 'pf-reset', 'pf-reset'));
  it('that resets this function behind our back is noticed', recovers('function-reset'));

  it(
    'that pinged just before it read the handshake is recovered from once',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'reply-old-ping', 'pf-reset');
      await diary.told('recovered');
      await left.setMtu(1400); // after the port has looked at its PF again
      assert.equal(diary.count('recovering'), 1);
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'that is down for a while: bursts move nothing, failures are told once, and then all goes on',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      const burst = rig.pool.createBurst();
      fill(burst, right, 8);
      inject(left, 'pf-down');
      await diary.told('recovering');
      assert.equal(left.state, 'recovering');
      assert.equal(left.tx[0].send(burst), 0);
      assert.equal(burst.count, 8);
      assert.equal(left.rx[0].receive(burst), 0);
      await diary.told('failure');
      inject(left, 'pf-up');
      await diary.told('recovered');
      assert.equal(diary.count('failure'), 1);
      burst.release();
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'that is in reset for a while is waited for',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'pf-reset-begin');
      await diary.told('recovering');
      inject(left, 'pf-reset-end');
      await diary.told('recovered');
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'that refuses settings after its reset: the port runs on, tells of each once, and asks again',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'pf-refuses', 'pf-reset'); // to RESET that means that it has no MAC for us
      await diary.told('recovered');
      const reasons = [await diary.told('refused', 1), await diary.told('refused', 2)];
      assert.match(
        reasons.join('\n'),
        /refused to set the MAC address \(.*\n.*refused to set the largest frame \(/,
      );
      assert.equal(left.state, 'running');
      inject(left, 'pf-grants');
      await left.setMac(left.mac); // which is not in force, so the PF is asked
      await left.setMtu(1400);
      await rig.flowsBothWays(left, right);
      inject(left, 'pf-refuses', 'pf-reset');
      await diary.told('refused', 4);
      inject(left, 'pf-grants');
      await left.setVlan(7, true); // the PF takes requests again: at the next look it gets the others, too
      await left.refresh();
      await rig.flowsBothWays(left, right);
      assert.equal(diary.count('refused'), 4);
    }),
  );

  it(
    'that stays down: what is asked of the port waits, then fails, and does not stop the next attempts',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'pf-down');
      await diary.told('recovering');
      const asked = [left.refresh(), left.setMtu(1400), left.registers()];
      await settles(
        'what was asked',
        Promise.all(asked.map((promise) => assert.rejects(promise, pmdError('ERR_PMD_PEER_SILENT')))),
      );
      assert.equal(left.mtu, 1500);
      inject(left, 'pf-up');
      await diary.told('recovered');
      await left.setMtu(1400);
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'that is down does not hold up a close',
    onRig(async (rig) => {
      const port = await rig.flood();
      inject(port, 'pf-down');
      await new Diary(port).told('recovering');
      await settles('close()', port.close());
    }),
  );

  for (const fault of ['pf-down', 'pf-deaf', 'reply-drop:9', 'reply-ignore:9']) {
    it(
      `that does not answer (${fault}) makes openPort fail, and say so`,
      onRig(async (rig) => {
        const opened = rig.flood(fault);
        await settles('openPort', assert.rejects(opened, pmdError('ERR_PMD_PEER_SILENT')));
      }),
    );
  }

  it(
    'that is deaf for a while: what was asked fails, the port recovers when it hears again',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'pf-deaf');
      await settles('setMtu', assert.rejects(left.setMtu(1400), pmdError('ERR_PMD_PEER_SILENT')));
      await diary.told('recovering');
      assert.equal(left.mtu, 1500);
      inject(left, 'pf-hears');
      await diary.told('recovered');
      await left.setMtu(1400);
      assert.equal(left.mtu, 1400);
      await rig.flowsBothWays(left, right);
    }),
  );
});

describe('a reply of the PF', () => {
  /** What a request comes to: the code of its error, or the port's new MTU. */
  const outcome = async (port: Port): Promise<unknown> => {
    try {
      await settles('setMtu', port.setMtu(1400));
      return port.mtu;
    } catch (error) {
      pmdError((error as { code: 'ERR_PMD_PEER_SILENT' }).code)(error);
      return (error as { code: string }).code;
    }
  };

  const replies: [fault: string, outcome: unknown][] = [
    ['reply-nack', 'ERR_PMD_PEER_REFUSED'],
    ['reply-drop', 'ERR_PMD_PEER_SILENT'],
    ['reply-ignore', 'ERR_PMD_PEER_SILENT'],
    ['reply-wrong', 'ERR_PMD_PEER_SILENT'],
    ['reply-garbage', 'ERR_PMD_PEER_SILENT'],
    ['reply-duplicate', 1400],
    ['reply-ping', 1400],
    ['reply-late:200000', 1400],
    ['reply-late:60000000', 'ERR_PMD_PEER_SILENT'],
  ];
  for (const [fault, expected] of replies) {
    it(
      `to a request (${fault}) makes it ${expected === 1400 ? 'succeed' : `fail with ${expected}`}, and traffic flows`,
      onRig(async (rig) => {
        const [left, right] = await rig.wire();
        const diary = new Diary(left);
        inject(left, fault);
        assert.equal(await outcome(left), expected);
        if (expected === 'ERR_PMD_PEER_SILENT') {
          assert.equal(left.mtu, 1500);
          await diary.told('recovered');
        }
        assert.equal(await outcome(left), 1400, 'the next request is heard');
        await rig.flowsBothWays(left, right);
      }),
    );
  }

  const handshakes: [fault: string, outcome: 'opens' | 'fails'][] = [
    ['reply-nack', 'opens'], // an answer like any other to RESET: no MAC is assigned
    ['reply-duplicate', 'opens'],
    ['reply-ping', 'opens'],
    ['reply-late:300000', 'opens'],
    ['reply-wrong', 'fails'],
    ['reply-garbage', 'fails'],
    ['reply-drop', 'fails'],
    ['reply-late:60000000', 'fails'],
  ];
  for (const [fault, expected] of handshakes) {
    for (let request = 0; request < 3; request++) {
      if (fault === 'reply-nack' && request > 0) continue; // refusing the MAC or the MTU is a refusal: below
      it(
        `to request ${request} of the handshake (${fault}): the port ${expected}, then opens`,
        onRig(async (rig) => {
          const address = freshAddress();
          const faults = [...(request > 0 ? [`reply-true:${request}`] : []), fault];
          const opened = settles('openPort', rig.open(withFaults(address, ...faults)));
          if (expected === 'fails') await assert.rejects(opened, pmdError('ERR_PMD_PEER_SILENT'));
          const left = expected === 'fails' ? await rig.open(address) : await opened;
          await rig.flowsBothWays(left, await rig.open(address));
        }),
      );
    }
  }

  it(
    'that refuses the MAC or the MTU in the handshake makes openPort fail, and say so',
    onRig(async (rig) => {
      for (const before of [1, 2]) {
        const opened = rig.flood(`reply-true:${before}`, 'reply-nack');
        await assert.rejects(opened, pmdError('ERR_PMD_PEER_REFUSED'));
      }
    }),
  );

  for (const fault of ['reply-drop', 'reply-nack', 'reply-wrong', 'reply-garbage', 'reply-late:60000000']) {
    it(
      `that goes wrong while a port recovers (${fault}) costs another attempt, no more`,
      onRig(async (rig) => {
        const [left, right] = await rig.wire();
        const diary = new Diary(left);
        inject(left, 'reply-true', fault, 'pf-reset');
        await diary.told('recovered');
        await rig.flowsBothWays(left, right);
      }),
    );
  }
});

describe('the link', () => {
  const goesAndComes = async (rig: Rig): Promise<void> => {
    const [left, right] = await rig.wire();
    const diary = new Diary(left);
    inject(left, 'link-down');
    assert.deepEqual(await diary.told('link'), { up: false, speedMbps: 0, fullDuplex: false });
    assert.equal(left.link.up, false);
    assert.equal(left.state, 'running');
    inject(left, 'link-up');
    assert.deepEqual(await diary.told('link', 2), { up: true, speedMbps: 1000, fullDuplex: true });
    await rig.flowsBothWays(left, right);
    assert.deepEqual(diary.names(), ['link', 'link']);
  };
  it('goes and comes', onRig(goesAndComes));

  it(
    'flaps faster than anyone looks',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      for (let i = 0; i < 100; i++) inject(left, 'link-down', 'link-up');
      await left.refresh();
      assert.equal(left.link.up, true);
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'may be down when a port is opened',
    onRig(async (rig) => {
      const address = freshAddress();
      const left = await rig.open(withFaults(address, 'link-down'));
      assert.equal(left.link.up, false);
      const diary = new Diary(left);
      inject(left, 'link-up');
      await diary.told('link');
      await rig.flowsBothWays(left, await rig.open(address));
    }),
  );
});

describe('a fault', () => {
  it(
    'that does not exist is an error that lists those that do, and so is one of a port that is closed',
    onRig(async (rig) => {
      const port = await rig.flood();
      for (const wrong of [
        '',
        'nothing',
        'pf-reset:2',
        'rx-rxe:x',
        'rx-rxe:1:2:3',
        'rx-length:65536',
        'rx-ce:',
      ]) {
        assert.throws(() => inject(port, wrong), pmdError('ERR_PMD_INVALID_ARGUMENT', /pf-reset/), wrong);
      }
      await assert.rejects(
        rig.open(withFaults(freshFlood(), 'nothing')),
        pmdError('ERR_PMD_INVALID_ARGUMENT'),
      );
      await port.close();
      assert.throws(() => inject(port, 'pf-reset'), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});
