import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { openPort, type PmdError, type PortOptions } from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';

describe('openPort with descriptors', () => {
  const pci = 'ffff:ff:1f.7';
  const refused = (pattern: RegExp) => pmdError('ERR_PMD_INVALID_ARGUMENT', pattern);

  it('refuses what can be none, before anything is opened', async () => {
    const attempt = (fds: unknown, address = pci) => openPort(address, { fds } as PortOptions);
    await assert.rejects(attempt({ container: 3 }), refused(/fds\.group is undefined/));
    await assert.rejects(attempt({ container: -1, group: 4 }), refused(/fds\.container is -1/));
    await assert.rejects(attempt({ container: 5, group: 5 }), refused(/both 5/));
    await assert.rejects(
      attempt({ container: 2 ** 31 - 1, group: 0 }),
      refused(/which is no open descriptor/),
    );
    await assert.rejects(attempt({ container: 3, group: 4, device: 5 }), refused(/no option "device"/));
    await assert.rejects(attempt({ container: 3, group: 4 }, freshAddress()), refused(/takes no fds/));
    await assert.rejects(attempt(3), refused(/fds is 3/));
  });

  it('says which of them is not what it should be, and closes neither', async () => {
    const fd = openSync('/dev/null', 'r+');
    const other = openSync('/dev/null', 'r+');
    try {
      const opening = openPort(pci, { fds: { container: fd, group: other } });
      await assert.rejects(opening, pmdError('ERR_PMD_VFIO', /descriptor of a container/));
      assert.ok(fstatSync(fd).isCharacterDevice() && fstatSync(other).isCharacterDevice());
    } finally {
      closeSync(fd);
      closeSync(other);
    }
  });
});

describe('openPort', () => {
  const notStrings = [
    undefined,
    null,
    0,
    1,
    true,
    {},
    [],
    ['emu:a'],
    Symbol('emu:a'),
    1n,
    () => 'emu:a',
    new String('emu:a'),
  ];
  for (const address of notStrings) {
    it(`refuses ${String(address)} (${typeof address}) as an address`, async () => {
      await assert.rejects(
        openPort(address as string),
        pmdError('ERR_PMD_INVALID_ARGUMENT', /not an address/),
      );
    });
  }

  const malformed: [string, RegExp][] = [
    ['', /not an address/],
    [' ', /not an address/],
    ['emu:a\0', /not an address/],
    ['emu:a\n', /not an address/],
    ['\x1b[31m', /not an address/],
    ['emu:\u00e4', /not an address/],
    [`emu:${'a'.repeat(1e6)}`, /not an address/],
    ['\ud800', /not an address/],
    ['eth0', /no scheme accepts/],
    ['nosuch:eth0', /no scheme accepts/],
    ['EMU:a', /no scheme accepts/],
    ['emu', /no scheme accepts/],
    ['0000', /no scheme accepts/],
    ...[
      '0000:01:10.8',
      '0000:01:20.0',
      '00:01:10.0',
      '01:10.0',
      '0000:1:10.0',
      '0000:01:1.0',
      '0000:01:10.',
      '0000:01:10.0.0',
      '0000:01:10.0/..',
      '../../etc/passwd',
      '..',
      '.',
      '0000:01:10,0.',
      '0000:0G:10.0',
      '0000:01:10.0 ',
      '-0000:01:10.0',
      '0000:01:1F.7x',
      '0000:AB:10.0',
    ].map((address): [string, RegExp] => [address, /./]),
    ...[
      'emu:',
      'emu:,',
      'emu:a b',
      'emu:a/b',
      'emu:a.b',
      `emu:${'a'.repeat(33)}`,
      'emu:a,',
      'emu:a,x',
      'emu:a,x=1',
      'emu:a,=',
      'emu:a,peer=',
      'emu:a,peer=sink',
      'emu:a,peer=flood,peer=flood',
      'emu:a,size=60',
      'emu:a,seed=1',
      'emu:a,peer=flood,size=59',
      'emu:a,peer=flood,size=9999',
      'emu:a,peer=flood,size=100-60',
      'emu:a,peer=flood,size=-60',
      'emu:a,peer=flood,size=60-',
      'emu:a,peer=flood,size=0x60',
      'emu:a,rate=0',
      'emu:a,rate=-1',
      'emu:a,rate=1e3',
      'emu:a,rate=99999999999999999999999',
      'emu:a,rate=1G',
      'emu:a,delay=1',
      'emu:a,delay=1us1',
      'emu:a,delay=11s',
      'emu:a,peer=flood,delay=1us',
      'emu:a,peer=flood,seed=-1',
    ]
      .filter((address) => address !== 'emu:a,delay=1' && address !== 'emu:a.b')
      .map((address): [string, RegExp] => [address, /emu:/]),
  ];
  for (const [address, pattern] of malformed) {
    const shown = JSON.stringify(address.length > 40 ? `${address.slice(0, 40)}…` : address);
    it(`refuses the address ${shown}`, async () => {
      await assert.rejects(openPort(address), (error) => {
        pmdError('ERR_PMD_ADDRESS', pattern)(error);
        const { message } = error as Error;
        assert.match(message, /^[^\p{Cc}]*$/u, 'nothing in it can upset a terminal');
        assert.ok(message.length < 700, message);
        return true;
      });
    });
  }

  it('says that a device is not there', async () => {
    await assert.rejects(openPort('ffff:ff:1f.7'), (error) => {
      pmdError('ERR_PMD_NO_DEVICE', /ffff:ff:1f\.7/)(error);
      const { address, finding } = error as PmdError;
      assert.equal(address, 'ffff:ff:1f.7');
      assert.deepEqual(
        [finding?.id, finding?.code, finding?.subject],
        ['no-device', 'ERR_PMD_NO_DEVICE', 'ffff:ff:1f.7'],
      );
      return true;
    });
  });

  const wrong: [string, unknown][] = [
    ...[null, 1, 'x', [], () => {}, true].map((options): [string, unknown] => [
      `options: ${String(options)}`,
      options,
    ]),
    ['an unknown option', { rxring: 512 }],
    ['an option of a pool', { buffers: 512 }],
    ...(['rxRing', 'txRing'] as const).flatMap((name) =>
      [
        0,
        16,
        31,
        33,
        100,
        4095,
        4097,
        8192,
        -512,
        512.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 32 + 512,
        '512',
        512n,
        null,
        true,
        [512],
        {},
      ].map((value): [string, unknown] => [`${name}: ${String(value)}`, { [name]: value }]),
    ),
    ...[67, 9217, 0, -1, 1500.5, 65536 + 1500, '1500', null, {}, Number.NaN].map((mtu): [string, unknown] => [
      `mtu: ${String(mtu)}`,
      { mtu },
    ]),
    ...[
      '',
      '02:00:00:00:00',
      '02:00:00:00:00:0',
      '02:00:00:00:00:00:00',
      '02-00-00-00-00-01',
      '020000000001',
      'zz:00:00:00:00:01',
      ' 02:00:00:00:00:01',
      '02:00:00:00:00:01\n',
      '01:00:00:00:00:01',
      'ff:ff:ff:ff:ff:ff',
      '00:00:00:00:00:00',
      1,
      null,
      [2, 0, 0, 0, 0, 1],
      new Uint8Array(6),
      {},
    ].map((mac): [string, unknown] => [`mac: ${JSON.stringify(mac)}`, { mac }]),
    ...[null, 1, 'pool', {}, [], { token: { kind: 'vfio-pmd/pool', pool: 1 } }].map(
      (pool): [string, unknown] => [`pool: ${JSON.stringify(pool)}`, { pool }],
    ),
  ];
  for (const [name, options] of wrong) {
    it(`refuses ${name}`, async () => {
      const address = freshAddress();
      await assert.rejects(openPort(address, options as PortOptions), pmdError('ERR_PMD_INVALID_ARGUMENT'));
    });
  }

  it(
    'leaves nothing behind when it refuses',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 1024, hugePages: 'never' });
      const address = freshAddress();
      for (let i = 0; i < 20; i++) {
        await assert.rejects(
          openPort(address, { pool, rxRing: 512, txRing: 512 }),
          pmdError('ERR_PMD_POOL_TOO_SMALL'),
        );
        await assert.rejects(openPort(address, { pool, rxRing: 48 }), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      }
      isWhole(pool);
      await open.port(address, { pool, rxRing: 256, txRing: 256 });
      await open.port(address);
    }),
  );

  it(
    'refuses a third end of a wire, a second port of a flood, and a wire of another shape',
    closing(async (open) => {
      const wire = freshAddress();
      const first = await open.port(`${wire},delay=1us`);
      await assert.rejects(openPort(`${wire},delay=2us`), pmdError('ERR_PMD_ADDRESS', /delay/));
      await open.port(wire);
      await assert.rejects(openPort(wire), pmdError('ERR_PMD_BUSY', /no free end/));
      await first.close();
      await open.port(wire);
      const flood = freshFlood();
      await open.port(flood);
      await assert.rejects(openPort(flood), pmdError('ERR_PMD_BUSY'));
      await assert.rejects(openPort(flood.split(',')[0]!), pmdError('ERR_PMD_BUSY'));
    }),
  );

  it(
    'takes every option that is right',
    closing(async (open) => {
      for (const ring of [32, 4096]) {
        const port = await open.port(freshAddress(), {
          rxRing: ring,
          txRing: ring,
          mtu: 68,
          mac: '02:AB:cd:00:00:01',
        });
        assert.equal(port.mac, '02:ab:cd:00:00:01');
        assert.equal(port.mtu, 68);
        assert.equal(port.pool.usage().rxRings, ring);
      }
      await open.port(freshAddress(), { mtu: 2026 });
      const jumbo = await open.port(freshAddress(), { mtu: 9216 });
      assert.equal(jumbo.pool.dataRoom, 10240);
      const pool = await open.pool();
      await assert.rejects(
        openPort(freshAddress(), { mtu: 2027, pool }),
        pmdError('ERR_PMD_INVALID_ARGUMENT', /do not fit the pool's buffers of 2048 bytes.*dataRoom is 4096/),
      );
    }),
  );
});
