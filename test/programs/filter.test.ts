import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { createFilter, type Filter, type FilterInstruction, PmdError } from '../../src/index.ts';
import { createCapture } from '../../src/pcap/index.ts';
import { anyBytes } from '../net/support/any-bytes.ts';
import { corpus } from '../net/support/corpus.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { placed } from '../pcap/support/frames.ts';
import { needTools } from '../pcap/support/tools.ts';
import { garbageOf } from '../support/garbage.ts';
import { closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { inBursts, putFrames } from './support/bursts.ts';
import { expressions } from './support/expressions.ts';
import { runReference } from './support/reference-filter.ts';

const execute = promisify(execFile);

/** The corpus, and each of its frames cut at every 7th byte. */
const frames = [...corpus.values()].flatMap((frame) => [
  frame,
  ...Array.from({ length: Math.ceil(frame.length / 7) - 1 }, (_, i) => frame.subarray(0, 7 * i + 7)),
]);

/** Writes frames into a file, each with its number as its time. */
async function writeNumbered(file: string): Promise<void> {
  const writer = await createCapture(file, { format: 'pcap', bufferBytes: 2 ** 23 });
  for (const [seconds, data] of frames.entries()) {
    const fields = { interfaceIndex: 0, seconds, nanoseconds: 0, direction: 'unknown' as const };
    assert.ok(writer.write(placed({ ...fields, originalLength: data.length, data })));
  }
  await writer.close();
}

/** The numbers of the frames that tcpdump takes. */
async function matchesOfTcpdump(file: string, expression: string): Promise<number[]> {
  const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const;
  const { stdout } = await execute('tcpdump', ['-n', '-r', file, '-w', '-', '--', expression], options);
  const numbers: number[] = [];
  const little = stdout.readUInt8(0) !== 0xa1;
  for (let at = 24; at < stdout.length; ) {
    const read = (place: number) => (little ? stdout.readUInt32LE(place) : stdout.readUInt32BE(place));
    numbers.push(read(at));
    at += 16 + read(at + 8);
  }
  return numbers;
}

const isSet = (bitmap: Uint32Array, i: number) => ((bitmap[i >>> 5]! >>> (i & 31)) & 1) !== 0;

describe('a filter', () => {
  const inDirectory = useDirectory();

  it('takes the frames that tcpdump takes, of 200 expressions and more', async function () {
    this.timeout(300_000);
    needTools(this, 'tcpdump');
    assert.ok(new Set(expressions).size >= 200, `${new Set(expressions).size} expressions`);
    const file = inDirectory('frames.pcap');
    await writeNumbered(file);
    await closing(async (open) => {
      const burst = (await open.pool()).createBurst(1024);
      const bitmap = new Uint32Array(32);
      let taken = 0;
      for (const expression of expressions) {
        const filter = createFilter(expression);
        const own: number[] = [];
        inBursts(burst, frames, (_, first) => {
          const count = filter.match(burst, bitmap);
          const matches = Array.from({ length: burst.count }, (_, i) => i).filter((i) => isSet(bitmap, i));
          assert.equal(matches.length, count);
          own.push(...matches.map((i) => first + i));
          assert.equal(filter.apply(burst), count);
          assert.equal(burst.count, count);
        });
        assert.deepEqual(own, await matchesOfTcpdump(file, expression), expression);
        taken += own.length;
      }
      assert.ok(taken > 10_000, `${taken} matches`);
    })();
  });

  it(
    'keeps the frames that match, in order with all they have, and releases the others',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(64, { columns: ['txRequest'] });
      const names = [...corpus.keys()].slice(0, 64);
      putFrames(
        burst,
        names.map((name) => corpus.get(name)!),
      );
      for (let i = 0; i < 64; i++) {
        burst.statuses[i] = 1000 + i;
        burst.txRequests[i] = 2000 + i;
      }
      const kept = names.flatMap((name, i) => (/^ipv4.*tcp.*none$/.test(name) ? [i] : []));
      const indices = kept.map((i) => burst.indices[i]!);
      assert.equal(createFilter('ip proto 6').apply(burst), kept.length);
      assert.ok(kept.length > 3);
      assert.deepEqual([...burst.indices.subarray(0, burst.count)], indices);
      for (const [at, i] of kept.entries()) {
        assert.equal(burst.statuses[at], 1000 + i);
        assert.equal(burst.txRequests[at], 2000 + i);
        assert.deepEqual(Buffer.compare(burst.frame(at), corpus.get(names[i]!)!), 0);
      }
      assert.equal(pool.usage().application, kept.length);
      assert.equal(createFilter('').apply(burst), kept.length);
      assert.equal(createFilter('arp').apply(burst), 0);
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'keeps and releases frames of several entries whole, by what is in the first',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(8);
      const [udp, tcp] = [corpus.get('ipv4, udp, tags: none')!, corpus.get('ipv4, tcp, tags: none')!];
      const rest = new Uint8Array(100).fill(0xaa);
      putFrames(burst, [tcp, udp, rest, rest, tcp, rest, udp]);
      burst.chain(1, 3);
      burst.chain(4, 2);
      const bitmap = new Uint32Array(1);
      assert.equal(createFilter('udp').match(burst, bitmap), 4);
      assert.equal(bitmap[0], 0b1001110);
      assert.equal(createFilter(`len = ${udp.length + 200}`).match(burst, bitmap), 3);
      assert.equal(bitmap[0], 0b0001110);
      assert.equal(createFilter('udp').apply(burst), 4);
      assert.deepEqual([burst.frameEntries(0), burst.frameEntries(3)], [3, 1]);
      assert.equal(pool.usage().application, 4);
      burst.release();
    }),
  );

  it(
    'allocates nothing',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst(32);
      putFrames(burst, Array<Uint8Array>(32).fill(corpus.get('dns')!));
      const filter = createFilter('udp port 53');
      const bitmap = new Uint32Array(1);
      const bytes = garbageOf(() => {
        for (let i = 0; i < 10_000; i++) filter.match(burst, bitmap) === filter.apply(burst);
      });
      assert.ok(bytes < 10_000, `${bytes} bytes`);
      assert.equal(burst.count, 32);
      burst.release();
    }),
  );
});

const loads = [0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x81, 0x01, 0x61, 0xb1];
const others = [0x02, 0x03, 0x06, 0x16, 0x07, 0x87, 0x84, 0x05];
const arithmetic = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10].flatMap((op) => [(op << 4) | 4, (op << 4) | 0x0c]);
const jumps = [1, 2, 3, 4].flatMap((op) => [(op << 4) | 5, (op << 4) | 0x0d]);
const anyCode = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...loads, ...others, ...arithmetic, ...jumps, ...jumps) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
);
const anyInstruction: fc.Arbitrary<FilterInstruction> = fc.record({
  code: anyCode,
  jumpTrue: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, fc.nat(255)),
  jumpFalse: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, fc.nat(255)),
  k: fc.oneof(
    { weight: 9, arbitrary: fc.nat(31) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffffffff }) },
  ),
});
/** Most write all of the scratch memory first, so that it may be read. */
const anyProgram = fc
  .tuple(fc.boolean(), fc.array(anyInstruction, { maxLength: 20 }), fc.integer({ min: 0, max: 0xffffffff }))
  .map(([writes, body, k]) => [
    ...(writes
      ? Array.from({ length: 16 }, (_, word) => ({ code: 2, jumpTrue: 0, jumpFalse: 0, k: word }))
      : []),
    ...body,
    { code: 0x16, jumpTrue: 0, jumpFalse: 0, k },
  ]);

describe('a list of instructions at random', () => {
  it(
    'is refused, or does what the plain reference does',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst(64);
      const bitmap = new Uint32Array(2);
      let accepted = 0;
      let refused = 0;
      fc.assert(
        fc.property(anyProgram, fc.array(anyBytes, { minLength: 1, maxLength: 8 }), (program, frames_) => {
          let filter: Filter;
          try {
            filter = createFilter(program);
          } catch (error) {
            assert.ok(error instanceof PmdError && error.code === 'ERR_PMD_INVALID_ARGUMENT');
            assert.match(error.message, /instruction \d+ of the filter /);
            refused++;
            return;
          }
          accepted++;
          putFrames(burst, frames_);
          filter.match(burst, bitmap);
          for (const [i, frame] of frames_.entries())
            assert.equal(isSet(bitmap, i), runReference(program, frame) !== 0);
          burst.release();
        }),
        { numRuns: scaled('programs', 20_000) },
      );
      assert.ok(accepted > refused / 20 && refused > 0, `${accepted} accepted, ${refused} refused`);
    }),
  ).timeout(600_000);
});
