import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { newWasmMemory } from '../../src/core/wasm-memory.ts';
import {
  createPool,
  loadProgram,
  openPort,
  type Pool,
  type Port,
  parseMac,
  Verdict,
} from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { untilSeen } from '../support/until.ts';
import { clean } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { transfer } from './support/transfer.ts';

const [vf0, vf1] = [process.env['VF0'] ?? '', process.env['VF1'] ?? ''];

/** AssemblyScript, compiled, as the guest has no compiler: it writes 0x77 to byte 5 of each frame, and the verdict `port`. */
const program = Buffer.from(
  'AGFzbQEAAAABBgFgAn9/AAIPAQNlbnYGbWVtb3J5AgAAAwIBAAcUAgdwcm9jZXNzAAAGbWVtb3J5AgAKWAFWAQJ/A0AgASAC' +
    'SwRAIAAoAiggAkEBdGovAQAgACgCGCAAKAIUIAJBAnQiAyAAKAIcaigCAGxqakH3ADoABSAAKAI4IANqQQI2AgAgAkEBaiEC' +
    'DAELCws=',
  'base64',
);

guestSuite('two VFs with a pool in a WebAssembly.Memory', () => {
  const memory = newWasmMemory(1024, 2048);
  let pool: Pool;
  let a: Port;
  let b: Port;
  before(async () => {
    pool = await createPool({ memory, offset: 16 << 20, hugePages: 'never' });
    [a, b] = [await openPort(vf0, { pool }), await openPort(vf1, { pool })];
  });
  after(async () => {
    await Promise.all([a.close(), b.close()]);
    await pool.close();
  });

  it('pass frames of 60 to 1514 random bytes while the memory grows: none lost or corrupted', async function () {
    const frames = scaled('frames through a WebAssembly.Memory', 20_000, { least: 5000 });
    this.timeout(limitMs(300 + frames / 200));
    const grow = async () => {
      for (let growth = 0; growth < 50; growth++) {
        memory.grow(1);
        for (let turn = 0; turn < 10; turn++) await setImmediate();
      }
    };
    const [tally] = await Promise.all([transfer(a, b, frames, { seed: 7 }), grow()]);
    assert.deepEqual(tally, clean(frames));
  });

  it('have what arrives changed in place by a program, and send it on', async function () {
    this.timeout(limitMs(300));
    const marker = await loadProgram(program, pool);
    const [burst, out, back] = [pool.createBurst(), pool.createBurst(), pool.createBurst()];
    const frame = Buffer.alloc(100, 0x5a);
    frame.set([...parseMac(b.mac), ...parseMac(a.mac)]);
    for (let i = 0; i < 8; i++) burst.append(frame);
    assert.equal(a.tx[0].send(burst), 8);
    while (b.rx[0].receive(burst) === 0 || burst.count < 8) await setImmediate();
    memory.grow(1);
    assert.deepEqual([...marker.run(burst).subarray(0, 8)], new Array(8).fill(Verdict.port));
    assert.equal(burst.deal([out]), 0);
    for (let i = 0; i < 8; i++) {
      const at = out.position(i);
      assert.equal(pool.bytes[at + 5], 0x77);
      // Back to the first VF, from the second.
      pool.bytes.copyWithin(at, at + 6, at + 12);
      pool.bytes.set(
        b.mac.split(':').map((byte) => Number.parseInt(byte, 16)),
        at + 6,
      );
    }
    assert.equal(b.tx[0].send(out), 8);
    while (back.count < 8) {
      a.rx[0].receive(back);
      await setImmediate();
    }
    assert.equal(pool.bytes[back.position(7) + 99], 0x5a);
    back.release();
  });

  it('have given every buffer back', async () => {
    await untilSeen('TX rings reclaimed', () => {
      for (const port of [a, b]) port.tx[0].reclaim();
      return pool.usage().txRings === 0;
    });
    const { free, rxRings } = pool.usage();
    assert.equal(free + rxRings, pool.buffers);
  });
});
