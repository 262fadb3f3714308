import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { formatMac } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing, freshFlood } from '../support/ports.ts';

describe('what console.log shows', () => {
  it(
    'of a port: its address, MAC, state, MTU and link, while it is open and after',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const shown = inspect(port);
      for (const part of [port.address, port.mac, "'running'", 'speedMbps: 1000', 'mtu: 1500'])
        assert.ok(shown.includes(part), shown);
      await port.close();
      assert.match(inspect(port), /^Port \{[\s\S]*state: 'closed'/);
    }),
  );

  it(
    'of pools, queues and bursts: nothing of packet memory',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const burst = port.pool.createBurst(4);
      for (const value of [port, port.pool, port.rx[0], port.tx[0], burst, { port, burst }, [port.rx]]) {
        const shown = inspect(value, { depth: 10, maxArrayLength: 10_000 });
        assert.ok(shown.length < 4000, `${shown.length} characters`);
        assert.doesNotMatch(shown, /Uint8Array|ArrayBuffer/);
      }
    }),
  );
});

describe('the text of a MAC address', () => {
  it('takes six bytes, and nothing else', () => {
    assert.equal(formatMac(Uint8Array.of(2, 0, 0, 0, 0, 255)), '02:00:00:00:00:ff');
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(5),
      new Uint8Array(2048),
      [2, 0, 0, 0, 0, 1],
      undefined,
    ])
      assert.throws(() => formatMac(bytes as Uint8Array), pmdError('ERR_PMD_INVALID_ARGUMENT', /six bytes/));
  });
});
