import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { openPort } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { skip } from '../support/skip.ts';
import { until, untilSeen } from '../support/until.ts';
import { check, fromHex, lengthOf, numbered } from './support/frames.ts';
import { firstOf, ip } from './support/network.ts';
import { over, ringKinds, wired } from './support/wired.ts';

/** Ends a program with SIGINT, as Ctrl-C does. */
async function interrupt(child: ChildProcess): Promise<number | null> {
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('a packet: port', () => {
  it(
    'says what its interface is',
    over(async (network, open) => {
      const [left] = await network.cable();
      const port = await open.port(`packet:${left}`);
      const shown = JSON.parse(ip('-json', 'link', 'show', left)) as { address: string; mtu: number }[];
      assert.equal(port.mac, shown[0]!.address);
      assert.equal(port.bus, 'packet');
      assert.equal(port.deviceId, 'af_packet');
      assert.equal(port.capabilities.driver, 'packet');
      assert.deepEqual(port.link, { up: true, speedMbps: 10_000, fullDuplex: true });
      await assert.rejects(port.setMac('02:00:00:00:00:09'), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      await assert.rejects(port.setMtu(2000), pmdError('ERR_PMD_PEER_REFUSED', /ip link set l\d+ mtu 2000/));
      ip('link', 'set', left, 'mtu', '9000');
      await port.setMtu(2000);
      await assert.rejects(port.setMtu(9000), pmdError('ERR_PMD_INVALID_ARGUMENT', /2048/));
    }),
  );

  for (const ring of ringKinds) {
    it(
      `carries frames of 60 to 1514 bytes, none lost, reordered or changed${ring}`,
      over(async (network, open) => {
        const frames = scaled('frames over a veth', 100_000, { long: 1_000_000 });
        const [left, right] = await wired(network, open, ring);
        const [outgoing, incoming] = [left.pool.createBurst(64), left.pool.createBurst(64)];
        const window = 256; // frames under way: fewer than the kernel queues
        let [sent, received] = [0, 0];
        await until('all frames to arrive', () => {
          for (let next = sent + outgoing.count; next < frames && next - received < window; next++) {
            if (!outgoing.append(numbered(right, lengthOf(next), next))) break;
          }
          sent += left.tx[0].send(outgoing);
          right.rx[0].receive(incoming);
          received = check(incoming, right, received);
          incoming.release();
          return received === frames;
        });
        assert.equal(right.stats().rxPackets, frames);
        assert.equal(right.stats().device.rxMissed, 0);
        assert.equal(left.stats().txPackets, frames);
      }),
    );

    it(
      `wakes a reader that sleeps, for each lone frame${ring}`,
      over(async (network, open) => {
        const frames = scaled('lone frames', 300);
        const [left, right] = await wired(network, open, ring);
        const outgoing = left.pool.createBurst(1);
        let received = 0;
        const send = () => {
          outgoing.append(numbered(right, lengthOf(received), received));
          assert.equal(left.tx[0].send(outgoing), 1);
        };
        // The reader is asleep by then, or about to be.
        const sendLater = () => setTimeout(send, received % 3);
        send();
        for await (const burst of right.rx[0]) {
          received = check(burst, right, received);
          if (received === frames) break;
          sendLater();
        }
      }),
    );
  }

  it(
    'receives what is for others only when it is promiscuous, and multicast that it asked for',
    over(async (network, open) => {
      const pool = await open.pool({ buffers: 8192, hugePages: 'never' });
      const [left, right] = await network.cable();
      const sender = await open.port(`packet:${left}`, { pool });
      const [plain, all] = [
        await open.port(`packet:${right}`, { pool }),
        await open.port(`packet:${right},promiscuous`, { pool }),
      ];
      const [outgoing, seen] = [pool.createBurst(8), pool.createBurst(8)];
      outgoing.append(fromHex(`020000000099 020000000001 88b5 ${'00'.repeat(46)}`));
      sender.tx[0].send(outgoing);
      await until('the promiscuous port to have it', () => all.rx[0].receive(seen) === 1);
      seen.release();
      assert.equal(plain.address, `packet:${right}`);
      await plain.setMulticast(['01:00:5e:00:00:07']);
      assert.match(ip('maddress', 'show', 'dev', right), /01:00:5e:00:00:07/);
      await plain.setMulticast([], true);
      assert.doesNotMatch(ip('maddress', 'show', 'dev', right), /01:00:5e:00:00:07/);
      assert.match(ip('-details', 'link', 'show', right), /allmulti 1/);
    }),
  );

  it(
    'counts frames for which the ring had no slot',
    over(async (network, open) => {
      const pool = await open.pool();
      const [left, right] = await network.cable();
      const sender = await open.port(`packet:${left}`, { pool });
      const reader = await open.port(`packet:${right}`, { pool, rxRing: 32 });
      const burst = pool.createBurst(100);
      for (let i = 0; i < 100; i++) burst.append(numbered(reader, 60, i));
      assert.equal(sender.tx[0].send(burst), 100);
      const incoming = pool.createBurst(128);
      // Nobody makes room meanwhile: the kernel may deliver later than it has sent.
      await until('the ring to be full', () => reader.stats().device.rxMissed === 100 - 32);
      assert.equal(reader.rx[0].receive(incoming), 32);
      incoming.release();
    }),
  );

  it(
    'drops and counts frames that a port of its MTU could not send',
    over(async (network, open) => {
      const pool = await open.pool();
      const [left, right] = await network.cable();
      for (const end of [left, right]) ip('link', 'set', end, 'mtu', '2000');
      const sender = await open.port(`packet:${left}`, { pool, mtu: 2000 });
      const reader = await open.port(`packet:${right}`, { pool });
      const [outgoing, incoming] = [pool.createBurst(8), pool.createBurst(8)];
      for (const length of [1519, 2014, 1518]) outgoing.append(numbered(reader, length, length));
      assert.equal(sender.tx[0].send(outgoing), 3);
      await until('the frame that fits', () => reader.rx[0].receive(incoming) === 1);
      assert.equal(incoming.frame(0).length, 1518);
      assert.equal(reader.stats().rxDropped.oversize, 2);
      assert.equal(reader.tx[0].send(incoming), 1);
    }),
  );

  it(
    'drops at most 1024 frames in one call, so that the call ends',
    over(async (network, open) => {
      const pool = await open.pool({ buffers: 8192, hugePages: 'never' });
      const [left, right] = await network.cable();
      for (const end of [left, right]) ip('link', 'set', end, 'mtu', '2000');
      const sender = await open.port(`packet:${left}`, { pool, mtu: 2000 });
      const reader = await open.port(`packet:${right}`, { pool, rxRing: 2048 });
      const [outgoing, incoming] = [pool.createBurst(64), pool.createBurst(8)];
      for (let number = 0; number < 1100; number++) {
        outgoing.append(numbered(reader, number < 1099 ? 1519 : 60, number));
        if (outgoing.count === 64 || number === 1099) sender.tx[0].send(outgoing);
      }
      const dropped: number[] = [];
      await until('the frame that fits', () => {
        const before = reader.stats().rxDropped.oversize;
        reader.rx[0].receive(incoming);
        dropped.push(reader.stats().rxDropped.oversize - before);
        return incoming.count === 1;
      });
      assert.equal(
        dropped.reduce((sum, n) => sum + n),
        1099,
      );
      assert.ok(Math.max(...dropped) <= 1024, `${dropped.join(', ')}`);
      incoming.release();
    }),
  );

  it(
    'refuses a frame that is too long for it, and pads a short one',
    over(async (network, open) => {
      const [left, right] = await wired(network, open);
      const [outgoing, incoming] = [left.pool.createBurst(8), left.pool.createBurst(8)];
      outgoing.append(numbered(right, 1519, 0));
      assert.throws(() => left.tx[0].send(outgoing), pmdError('ERR_PMD_FRAME_LENGTH', /entry 0/));
      outgoing.release();
      outgoing.append(numbered(right, 1514, 0).subarray(0, 20));
      assert.equal(left.tx[0].send(outgoing), 1);
      await until('it', () => right.rx[0].receive(incoming) === 1);
      assert.equal(incoming.frame(0).length, 60);
      assert.ok(
        incoming
          .frame(0)
          .subarray(20)
          .every((byte) => byte === 0),
      );
      incoming.release();
    }),
  );

  it(
    'tells when the link goes and comes, and keeps frames meanwhile',
    over(async (network, open) => {
      const pool = await open.pool();
      const [left, right] = await network.cable();
      const port = await open.port(`packet:${left}`, { pool });
      const burst = pool.createBurst(1);
      burst.append(numbered(port, 60, 0));
      ip('link', 'set', left, 'down');
      const [down] = (await once(port, 'link')) as [{ up: boolean }];
      assert.equal(down.up, false);
      assert.equal(port.tx[0].send(burst), 0);
      assert.equal(burst.count, 1);
      ip('link', 'set', left, 'up');
      await until('the link to be up', () => port.link.up);
      assert.equal(port.tx[0].send(burst), 1);
      assert.ok(right);
    }),
  );

  it(
    'is removed when its interface is, or gets another name, also under traffic',
    over(async (network, open) => {
      for (const change of [
        (name: string) => ip('link', 'del', name),
        (name: string) => {
          ip('link', 'set', name, 'down');
          ip('link', 'set', name, 'name', `${name}x`);
        },
      ]) {
        const [left, right] = await wired(network, open);
        const burst = left.pool.createBurst(32);
        const removed = once(left, 'removal');
        change(left.address.slice('packet:'.length));
        const [reason] = (await removed) as [string];
        assert.match(reason, /^(the device is gone|the interface l\d+ is called l\d+x now)$/);
        assert.throws(() => left.tx[0].send(burst), pmdError('ERR_PMD_REMOVED'));
        assert.equal(left.state, 'closed');
        assert.ok(right);
      }
    }),
  );

  for (const [what, address, code, pattern] of [
    ['no such interface', 'packet:none0', 'ERR_PMD_NO_DEVICE', /no network interface none0 \(there are lo/],
    ['no name', 'packet:', 'ERR_PMD_ADDRESS', /name of an interface is missing/],
    ['a name that is too long', `packet:${'x'.repeat(16)}`, 'ERR_PMD_ADDRESS', /more than 15 bytes/],
    ['an unknown option', 'packet:lo,fast', 'ERR_PMD_ADDRESS', /no option "fast"/],
  ] as const) {
    it(`has an error of its own for ${what}`, async () => {
      await assert.rejects(openPort(address), pmdError(code, pattern));
    });
  }

  it('refuses an interface without Ethernet frames', async function () {
    if (!existsSync('/dev/net/tun')) skip(this, 'this system has no /dev/net/tun to make one with');
    ip('tuntap', 'add', 'tun9', 'mode', 'tun');
    try {
      const opened = openPort('packet:tun9');
      await assert.rejects(opened, pmdError('ERR_PMD_UNSUPPORTED_DEVICE', /carries no Ethernet frames/));
    } finally {
      ip('link', 'del', 'tun9');
    }
  });

  it('says which capability a process lacks', async function () {
    this.timeout(limitMs(60));
    const program =
      "import('./src/index.ts').then(({ openPort }) => openPort('packet:lo')).catch(console.error)";
    const node = [process.execPath, '--import', 'tsx', '--eval', program];
    const child = spawn('setpriv', ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw', ...node]);
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.match(said, /ERR_PMD_ACCESS/);
    assert.match(said, /may not open packet sockets \(give node the capability/);
  });

  it(
    'has the pings of a kernel answered by the responder example, none lost',
    over(async (network) => {
      const pings = scaled('pings', 500);
      const [host, near] = await network.host('10.77.0.1/24');
      const responder = spawn(
        process.execPath,
        ['--import', 'tsx', 'examples/responder.ts', `packet:${near}`, '10.77.0.2'],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let said = '';
      responder.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      try {
        await untilSeen('the responder to begin', () => said.includes('answers for'));
        assert.deepEqual(host.ping('10.77.0.2', pings), firstOf(pings));
      } finally {
        assert.equal(await interrupt(responder), 0);
      }
    }),
  );
});
