import assert from 'node:assert/strict';
import type { MacAddress, Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { frameTo, receiveAll } from '../support/frames.ts';
import { closing, freshAddress } from '../support/ports.ts';

describe("a port's settings", () => {
  it(
    'change, and traffic follows them',
    closing(async (open) => {
      const [left, right] = await open.wire();
      await right.setMac('02:00:00:00:99:01');
      assert.equal(right.mac, '02:00:00:00:99:01');
      const out = left.pool.createBurst();
      const burst = right.pool.createBurst();
      out.append(frameTo(right, 60, 1));
      left.tx[0].send(out);
      receiveAll(right, burst, 1);
      burst.release();
      await right.setMtu(200);
      assert.equal(right.mtu, 200);
      await right.setVlan(5, true);
      await right.setVlan(5, false);
      await right.setMulticast(['01:00:5e:00:00:01']);
      const group = frameTo(right, 60, 2);
      group.set([1, 0, 0x5e, 0, 0, 1]);
      out.append(group);
      left.tx[0].send(out);
      receiveAll(right, burst, 1);
      assert.deepEqual(burst.frame(0), group);
      burst.release();
      await right.setMulticast([], true);
      await right.setMulticast([]);
    }),
  );

  const group = '01:00:5e:00:00:01';
  const table: [string, (port: Port) => Promise<void>][] = [
    ...[67, 2027, -1, 1.5, '1500', null, undefined, {}, Number.NaN].map(
      (mtu): [string, (port: Port) => Promise<void>] => [
        `setMtu(${String(mtu)})`,
        (port) => port.setMtu(mtu as number),
      ],
    ),
    ...['', 'x', '01:00:00:00:00:01', '00:00:00:00:00:00', null, undefined, 5, {}, new Uint8Array(6)].map(
      (mac): [string, (port: Port) => Promise<void>] => [
        `setMac(${String(mac)})`,
        (port) => port.setMac(mac as MacAddress),
      ],
    ),
    ...[0, 4095, -1, 1.5, '5', null, undefined].map((vlan): [string, (port: Port) => Promise<void>] => [
      `setVlan(${String(vlan)}, true)`,
      (port) => port.setVlan(vlan as number, true),
    ]),
    ...[undefined, null, 1, 0, 'true', {}].map((member): [string, (port: Port) => Promise<void>] => [
      `setVlan(1, ${String(member)})`,
      (port) => port.setVlan(1, member as boolean),
    ]),
    ...[
      undefined,
      null,
      1,
      '01:00:5e:00:00:01',
      {},
      [1],
      ['x'],
      ['02:00:00:00:00:01'],
      [undefined, '01:00:5e:00:00:01'],
      Array(31).fill('01:00:5e:00:00:01'),
    ].map((list): [string, (port: Port) => Promise<void>] => [
      `setMulticast(${JSON.stringify(list)?.slice(0, 40)})`,
      (port) => port.setMulticast(list as MacAddress[]),
    ]),
    ...[-1, 31, 2 ** 32, NaN, '1', undefined].map((length): [string, (port: Port) => Promise<void>] => [
      `setMulticast() of a list that says it has ${String(length)} entries`,
      (port) => port.setMulticast(new Proxy([], { get: (_, name) => (name === 'length' ? length : group) })),
    ]),
    ...[null, 1, 'all', {}].map((all): [string, (port: Port) => Promise<void>] => [
      `setMulticast([], ${String(all)})`,
      (port) => port.setMulticast([], all as boolean),
    ]),
  ];
  it(
    'name the port when its device cannot take what is asked',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const beyond = [
        () => port.setMtu(67),
        () => port.setMtu(2027),
        () => port.setVlan(0, true),
        () => port.setVlan(4095, true),
        () => open.port(port.address, { mtu: 2027, pool: port.pool }),
      ];
      for (const ask of beyond) {
        await assert.rejects(ask(), { code: 'ERR_PMD_INVALID_ARGUMENT', address: port.address });
      }
    }),
  );
  it(
    'refuse what they cannot be, and stay',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const before = [port.mac, port.mtu];
      for (const [name, change] of table) {
        await assert.rejects(change(port), pmdError('ERR_PMD_INVALID_ARGUMENT'), name);
      }
      assert.deepEqual([port.mac, port.mtu], before);
      assert.equal(port.state, 'running');
    }),
  );
});

describe('setMulticast', () => {
  it(
    'takes the entries that it checked, whatever the list iterates over',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const list = ['01:00:5e:00:00:01'];
      const others = Array(100_000).fill('01:00:5e:00:00:02');
      list[Symbol.iterator] = () => others.values();
      await right.setMulticast(list);
      const out = left.pool.createBurst();
      for (const last of [2, 1]) {
        const frame = Buffer.alloc(60);
        frame.set([0x01, 0x00, 0x5e, 0, 0, last]);
        out.append(frame);
      }
      assert.equal(left.tx[0].send(out), 2);
      const burst = right.pool.createBurst();
      receiveAll(right, burst, 1);
      assert.equal(burst.frame(0)[5], 1);
      burst.release();
    }),
  );
});
