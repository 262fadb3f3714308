import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Burst, createFilter, type FilterInstruction, type Pool } from '../../src/index.ts';
import { corpus } from '../net/support/corpus.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { needTools, runTool } from '../pcap/support/tools.ts';
import { pmdError } from '../support/errors.ts';
import { limitMs } from '../support/limits.ts';
import { closing } from '../support/ports.ts';
import { putFrames } from './support/bursts.ts';

const invalid = (message: RegExp) => pmdError('ERR_PMD_INVALID_ARGUMENT', message);
const one = (code: number, k = 0, jumpTrue = 0, jumpFalse = 0): FilterInstruction => ({
  ...{ code, jumpTrue, jumpFalse, k },
});
const accept = one(0x06, 0xffffffff);

describe('createFilter', () => {
  it('says what libpcap has against an expression', () => {
    for (const [expression, message] of [
      ['udp port', /the filter "udp port": .*syntax error.* \(see 'man pcap-filter'\)/],
      ['udp and and tcp', /syntax error/],
      ['ip broadcast', /netmask/],
      ['ether host 02:00', /./],
      ['vlan 5000', /5000/],
      ['udp\u001b[31m', /^[ -~]*$/],
    ] as const)
      assert.throws(() => createFilter(expression), invalid(message), expression);
  });

  it('refuses text that is no expression, and survives a monstrous one', () => {
    for (const expression of ['udp\0', 'udp or '.repeat(3000)])
      assert.throws(() => createFilter(expression), invalid(/use at most 16384 bytes/));
    for (const expression of [
      `${'('.repeat(8000)}udp${')'.repeat(8000)}`,
      `${'not '.repeat(4000)}udp`,
      Array(1300).fill('udp port 1').join(' or '),
      `len > ${'1+'.repeat(8000)}1`,
      `len > ${'-'.repeat(16_000)}1`,
      'udp or '.repeat(2300),
    ]) {
      try {
        createFilter(expression);
      } catch (error) {
        assert.ok(pmdError('ERR_PMD_INVALID_ARGUMENT')(error));
      }
    }
  }).timeout(limitMs(60));

  const inDirectory = useDirectory();

  it('says how to install libpcap where there is none, and takes instructions all the same', () => {
    // Files that the loader finds first, and that are no libraries.
    for (const name of ['libpcap.so.1', 'libpcap.so.0.8']) writeFileSync(inDirectory(name), 'no library');
    const program = `
      import { createFilter } from '${new URL('../../src/index.ts', import.meta.url)}';
      try { createFilter('udp'); } catch (error) { console.log(error.code, error.message); }
      console.log(createFilter('1\\n6 0 0 1\\n').instructions.length);`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      { env: { ...process.env, LD_LIBRARY_PATH: dirname(inDirectory('libpcap.so.1')) }, encoding: 'utf8' },
    );
    const [missing, instructions] = stdout.split('\n');
    assert.match(
      missing!,
      /^ERR_PMD_NO_LIBRARY no libpcap .*libpcap\.so\.1.*apt install libpcap0\.8/,
      stderr,
    );
    assert.equal(instructions, '1');
  }).timeout(limitMs(60));

  const wrong: [name: string, program: readonly FilterInstruction[], message: RegExp][] = [
    ['no instruction', [], /instruction 0 of the filter is not there/],
    ['a code that there is not', [one(0xffff), accept], /instruction 0 of the filter has a code/],
    ['a load of two widths', [one(0x38), accept], /instruction 0 of the filter has a code/],
    ['a jump behind the end', [one(0x15, 0, 0, 1), accept], /instruction 0 of the filter jumps behind/],
    ['a jump that wraps around', [one(0x05, 0xffffffff), accept], /instruction 0 of the filter jumps behind/],
    ['division by 0', [one(0x34, 0), accept], /instruction 0 of the filter divides by 0/],
    ['a remainder of 0', [one(0x94, 0), accept], /instruction 0 of the filter divides by 0/],
    ['a shift by 32', [one(0x64, 32), accept], /instruction 0 of the filter shifts by 32/],
    ['scratch word 16', [one(0x02, 16), accept], /uses a word of scratch memory that is not there/],
    ['scratch that was not written', [one(0x60, 3), accept], /reads scratch memory that may not be written/],
    [
      'scratch that one way writes',
      [one(0x15, 0, 0, 1), one(0x02, 3), one(0x60, 3), accept],
      /instruction 2 of the filter reads scratch memory/,
    ],
    ['no return', [one(0x20, 0)], /instruction 0 of the filter is the last, and returns nothing/],
    ["the kernel's own data", [one(0x20, 0xfffff000), accept], /loads what the kernel knows of a frame/],
  ];
  for (const [name, program, message] of wrong) {
    it(`refuses ${name}`, () => {
      assert.throws(() => createFilter(program), invalid(message));
    });
  }

  it('refuses loops, as ip6 protochain compiles to', () => {
    assert.throws(
      () => createFilter('ip6 protochain 17'),
      invalid(/instruction \d+ of the filter jumps behind/),
    );
  });

  it('refuses a list that is none, and numbers that do not fit', () => {
    for (const list of [undefined, null, 1, {}, Array(4097).fill(accept)])
      assert.throws(() => createFilter(list as never), invalid(/the filter is|4096/));
    for (const instruction of [
      null,
      1,
      {},
      { ...accept, k: -1 },
      { ...accept, code: 65536 },
      { ...accept, jt: 0 },
    ])
      assert.throws(() => createFilter([instruction as never]), invalid(/instruction 0/));
    assert.throws(
      () => createFilter([{ ...accept, jumpTrue: 256 }]),
      invalid(/jumpTrue of instruction 0 is 256/),
    );
    assert.equal(createFilter(Array(4096).fill(accept)).instructions.length, 4096);
  });

  it("takes what 'tcpdump -ddd' prints, in lines or with commas", async function () {
    needTools(this, 'tcpdump');
    const { stdout } = await runTool('tcpdump', '-y', 'EN10MB', '-ddd', 'udp port 53 and not host 10.0.0.1');
    const expected = createFilter('udp port 53 and not host 10.0.0.1').instructions;
    assert.deepEqual(createFilter(stdout).instructions, expected);
    assert.deepEqual(createFilter(stdout.trim().replaceAll('\n', ',')).instructions, expected);
    for (const [text, message] of [
      ['2\n6 0 0 1\n', /says that it has 2 instructions, and has 1/],
      ['1\n6 0 0\n', /line 2 of the filter is not four numbers/],
      ['1\n6 0 0 4294967296\n', /k of instruction 0 is 4294967296/],
    ] as const)
      assert.throws(() => createFilter(text), invalid(message));
  });

  it('alone makes filters', () => {
    const filter = createFilter([accept]);
    assert.throws(() => Reflect.construct(filter.constructor, [undefined, {}, []]), invalid(/made with new/));
    assert.ok(Object.isFrozen(filter.instructions) && Object.isFrozen(filter.instructions[0]));
  });
});

const frame = corpus.get('ipv4, udp, tags: none')!;
const count = 12;
const bad = 7;

function fill(pool: Pool): Burst {
  const burst = pool.createBurst(16);
  putFrames(burst, Array<Uint8Array>(count).fill(frame));
  return burst;
}

describe('a filter, with a hostile burst', () => {
  for (const program of ['udp', 'tcp']) {
    for (const [name, code, write] of [
      ['a buffer that the pool has not', 'ERR_PMD_NOT_OWNER', (burst: Burst) => (burst.indices[bad] = 4096)],
      [
        'an offset that leaves the buffer',
        'ERR_PMD_FRAME_LENGTH',
        (burst: Burst) => (burst.offsets[bad] = 2176),
      ],
      [
        'a length that leaves the buffer',
        'ERR_PMD_FRAME_LENGTH',
        (burst: Burst) => (burst.lengths[bad] = 65535),
      ],
    ] as const) {
      it(
        `refuses ${name}, and releases nothing: ${program}`,
        closing(async (open) => {
          const pool = await open.pool();
          const burst = fill(pool);
          const [index, offset] = [burst.indices[bad]!, burst.offsets[bad]!];
          write(burst);
          const before = [...burst.indices.subarray(0, count)];
          const filter = createFilter(program);
          for (const use of [() => filter.apply(burst), () => filter.match(burst, new Uint32Array(1))])
            assert.throws(use, pmdError(code, new RegExp(`entry ${bad} `)));
          assert.deepEqual([...burst.indices.subarray(0, count)], before);
          assert.equal(pool.usage().application, count);
          burst.indices[bad] = index;
          burst.offsets[bad] = offset;
          burst.lengths[bad] = frame.length;
          assert.equal(filter.apply(burst), program === 'udp' ? count : 0);
          burst.release();
          assert.equal(pool.usage().application, 0);
        }),
      );
    }
  }

  it(
    'refuses a buffer that stands twice, and loses none',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = fill(pool);
      const right = [...burst.indices];
      burst.indices[bad] = burst.indices[3]!;
      assert.throws(
        () => createFilter('tcp').apply(burst),
        pmdError('ERR_PMD_NOT_OWNER', new RegExp(`entry ${bad} `)),
      );
      assert.equal(pool.usage().application, count);
      burst.indices.set(right);
      assert.equal(createFilter('tcp').apply(burst), 0);
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'refuses bitmaps that are too small or none, with nothing written',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst(64);
      putFrames(burst, Array<Uint8Array>(33).fill(frame));
      const filter = createFilter('udp');
      for (const bitmap of [undefined, null, [], new Uint8Array(64), new Uint32Array(1), {}])
        assert.throws(() => filter.match(burst, bitmap as Uint32Array), invalid(/bitmap/));
      const bitmap = new Uint32Array(3).fill(7);
      assert.equal(filter.match(burst, bitmap), 33);
      assert.deepEqual([...bitmap], [0xffffffff, 1, 7]);
      burst.release();
    }),
  );

  it(
    'fails when the pool is closed, and for what is no burst',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = fill(pool);
      burst.release();
      const filter = createFilter('udp');
      await pool.close();
      assert.throws(() => filter.apply(burst), pmdError('ERR_PMD_CLOSED'));
      assert.throws(() => filter.match(burst, new Uint32Array(1)), pmdError('ERR_PMD_CLOSED'));
      for (const value of [undefined, {}, pool, filter])
        assert.throws(() => filter.apply(value as Burst), invalid(/is not a burst/));
    }),
  );
});
