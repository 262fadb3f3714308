import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { openPort } from '../../../src/index.ts';
import { pmdError } from '../../support/errors.ts';
import { limitMs } from '../../support/limits.ts';
import { until } from '../../support/until.ts';
import { fromHex, numbered } from '../support/frames.ts';
import { command, ip } from '../support/network.ts';
import { over, plugged } from '../support/wired.ts';

interface Shown {
  address: string;
  mtu: number;
  linkinfo: { info_data: { persist: boolean; user?: string } };
}

const shown = (name: string) => (JSON.parse(ip('-details', '-json', 'link', 'show', name)) as [Shown])[0];
const offloads = (name: string) => command('ethtool', '--show-features', name);
const exists = (name: string) => ip('-brief', 'link').includes(`${name} `);

/** Opens a port in a process of its own that `words` start; returns what it says of the error. */
async function refusal(address: string, ...words: string[]): Promise<string> {
  const program = `import('./src/index.ts').then(({ openPort }) => openPort('${address}')).catch(console.error)`;
  const [first, ...rest] = [...words, process.execPath, '--import', 'tsx', '--eval', program];
  const child = spawn(first!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return said;
}
const withoutAdmin = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];

describe('a tap: port', () => {
  it(
    'makes an interface, has a MAC of its own, and ends the interface with itself',
    over(async (network, open) => {
      const name = network.tap();
      const port = await open.port(`tap:${name}`);
      assert.equal(port.bus, 'tap');
      assert.equal(port.deviceId, 'tun');
      assert.equal(port.capabilities.driver, 'tap');
      assert.equal(port.link.up, false);
      assert.notEqual(port.mac, shown(name).address);
      await port.setMac('02:00:00:00:00:09');
      assert.equal(port.mac, '02:00:00:00:00:09');
      assert.notEqual(shown(name).address, port.mac);
      await assert.rejects(port.setVlan(7, true), pmdError('ERR_PMD_INVALID_ARGUMENT', /cannot join a VLAN/));
      await assert.rejects(
        port.setMtu(2000),
        pmdError('ERR_PMD_PEER_REFUSED', /ip link set tap\d+ mtu 2000/),
      );
      ip('link', 'set', name, 'mtu', '9000');
      await port.setMulticast(['01:00:5e:00:00:07'], true);
      await port.setMtu(2000);
      await port.close();
      assert.equal(exists(name), false);
    }),
  );

  it(
    'attaches to an interface that is there, and leaves it there',
    over(async (network, open) => {
      const name = network.tap();
      ip('tuntap', 'add', name, 'mode', 'tap');
      await assert.rejects(openPort(`tap:${name},persist,owner=77`), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      assert.match(offloads(name), /^tx-checksumming: off$/m);
      const port = await open.port(`tap:${name}`);
      await assert.rejects(openPort(`tap:${name}`), pmdError('ERR_PMD_BUSY', /another program has/));
      assert.match(offloads(name), /^tx-checksumming: on$/m);
      await port.close();
      assert.equal(exists(name), true);
      // The next program may do no such work.
      assert.match(offloads(name), /^tx-checksumming: off$/m);
      assert.match(offloads(name), /^tcp-segmentation-offload: off$/m);
    }),
  );

  it(
    'keeps the interface where it is to persist, for its owner',
    over(async (network, open) => {
      const name = network.tap();
      for (const owner of ['', ',owner=0', ',owner=root']) {
        const port = await open.port(`tap:${name},persist${owner}`);
        await port.close();
        assert.equal(shown(name).linkinfo.info_data.persist, true);
        assert.equal(shown(name).linkinfo.info_data.user, owner === '' ? undefined : 'root');
      }
      assert.equal(await refusal(`tap:${name}`, ...withoutAdmin), '');
    }),
  );

  it(
    'tells when the link goes and comes, and keeps frames meanwhile',
    over(async (network, open) => {
      const [port, , name] = await plugged(network, open);
      const burst = port.pool.createBurst(1);
      burst.append(numbered(port, 60, 0));
      const gone = once(port, 'link');
      ip('link', 'set', name, 'down');
      const [down] = (await gone) as [{ up: boolean }];
      assert.equal(down.up, false);
      assert.equal(port.tx[0].send(burst), 0);
      assert.equal(burst.count, 1);
      ip('link', 'set', name, 'up');
      await until('the link to be up', () => port.link.up);
      assert.equal(port.tx[0].send(burst), 1);
    }),
  );

  it(
    'goes on when the interface moves to another network, until it is removed there',
    over(async (network, open) => {
      const [host, name] = [await network.bareHost(), network.tap()];
      const port = await open.port(`tap:${name}`);
      host.plug(name, '10.80.0.1/24');
      await until('the link to be up', () => port.link.up);
      assert.equal(port.stats().device.rxMissed, null);
      host.ip('link', 'set', name, 'down');
      await until('the link to be down', () => !port.link.up);
      const removed = once(port, 'removal');
      host.ip('link', 'del', name);
      assert.match(((await removed) as [string])[0], /^the device is gone$/);
    }),
  );

  for (const [what, address, code, pattern] of [
    ['no name', 'tap:', 'ERR_PMD_ADDRESS', /name of an interface is missing/],
    ['a name that is too long', `tap:${'x'.repeat(16)}`, 'ERR_PMD_ADDRESS', /more than 15 bytes/],
    ['a name with a slash', 'tap:a/b', 'ERR_PMD_ADDRESS', /no interface can have this name/],
    ['a name that is a pattern', 'tap:tap%d', 'ERR_PMD_ADDRESS', /no interface can have this name/],
    ['a name of dots', 'tap:..', 'ERR_PMD_ADDRESS', /no interface can have this name/],
    ['an unknown option', 'tap:a,fast', 'ERR_PMD_ADDRESS', /no option "fast"/],
    ['an owner of nothing', 'tap:a,persist,owner=', 'ERR_PMD_ADDRESS', /no option "owner="/],
    ['an owner of what ends', 'tap:a,owner=0', 'ERR_PMD_ADDRESS', /add the option persist/],
    ['no such user', 'tap:a,persist,owner=no-one', 'ERR_PMD_INVALID_ARGUMENT', /there is no user no-one/],
    [
      'a user of another namespace',
      'tap:a,persist,owner=77',
      'ERR_PMD_INVALID_ARGUMENT',
      /user 77 cannot own/,
    ],
    ['another kind of interface', 'tap:lo', 'ERR_PMD_UNSUPPORTED_DEVICE', /lo is no TAP interface/],
  ] as const) {
    it(`has an error of its own for ${what}, and makes no interface`, async () => {
      const before = ip('-brief', 'link');
      await assert.rejects(openPort(address), pmdError(code, pattern));
      assert.equal(ip('-brief', 'link'), before);
    });
  }

  it('refuses the interface of packets without Ethernet, and one of several queues', async () => {
    for (const kind of [
      ['mode', 'tun'],
      ['mode', 'tap', 'multi_queue'],
    ]) {
      ip('tuntap', 'add', 'other0', ...kind);
      try {
        await assert.rejects(
          openPort('tap:other0'),
          pmdError('ERR_PMD_UNSUPPORTED_DEVICE', /other0 is no TAP/),
        );
      } finally {
        ip('link', 'del', 'other0');
      }
    }
  });

  it('says which capability a process lacks', async function () {
    this.timeout(limitMs(60));
    const said = await refusal('tap:none0', ...withoutAdmin);
    assert.match(said, /ERR_PMD_ACCESS/);
    assert.match(
      said,
      /may not create the interface none0 \(as root: ip tuntap add none0 mode tap user USER/,
    );
    assert.match(said, /unshare -rn/);
  });

  it('says how to get the device file where there is none', async function () {
    this.timeout(limitMs(60));
    const hidden = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /dev/net && exec "$@"', 'sh'];
    const said = await refusal('tap:none0', ...hidden);
    assert.match(said, /ERR_PMD_NO_DEVICE/);
    assert.match(said, /cannot open \/dev\/net\/tun: .*modprobe tun/);
  });

  it(
    'keeps tags in frames, both ways, and pads a short one',
    over(async (network, open) => {
      const [port, kernel] = await plugged(network, open);
      const [outgoing, incoming] = [port.pool.createBurst(8), port.pool.createBurst(8)];
      const tagged = fromHex(`${port.mac} 020000000001 8100 6064 88b5 ${'5a'.repeat(60)}`);
      outgoing.append(tagged);
      assert.equal(kernel.tx[0].send(outgoing), 1);
      await until('the frame', () => port.rx[0].receive(incoming) === 1);
      assert.deepEqual(incoming.frame(0), tagged);
      assert.equal(port.tx[0].send(incoming), 1);
      await until('the frame to come back', () => kernel.rx[0].receive(incoming) === 1);
      assert.equal(incoming.statuses[0]! >>> 16, 0x6064);
      incoming.release();
      outgoing.append(numbered(port, 60, 0).subarray(0, 20));
      assert.equal(port.tx[0].send(outgoing), 1);
      await until('the short one', () => kernel.rx[0].receive(incoming) === 1);
      assert.equal(incoming.frame(0).length, 60);
      incoming.release();
    }),
  );
});
