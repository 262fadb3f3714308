import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Departures } from '../../src/pacing/departures.ts';
import { Pacer } from '../../src/pacing/pacer.ts';
import { type Fraction, fraction, framesPerSecond } from '../../src/pacing/rate.ts';

const weekNs = 7 * 24 * 3600 * 1e9;

/** Any rate that a wire could have: below a frame a minute up to 100 Mpps, with odd fractions. */
const rates = fc.oneof(
  fc.integer({ min: 1, max: 100_000_000 }).map((pps) => ({ numerator: pps, denominator: 1 })),
  fc
    .record({ n: fc.integer({ min: 1, max: 1_000_000_000 }), d: fc.integer({ min: 10, max: 1_000_000 }) })
    .map(({ n, d }) => fraction(BigInt(n), BigInt(d))),
  fc
    .record({ bits: fc.integer({ min: 1, max: 10_000_000_000 }), bytes: fc.integer({ min: 60, max: 1514 }) })
    .map(({ bits, bytes }) =>
      framesPerSecond({ kind: 'wire-bits', perSecond: fraction(BigInt(bits), 1n) }, { frames: 1, bytes }),
    ),
);
const weeks = fc.double({ min: 0, max: 12 * weekNs, noNaN: true }).map(Math.floor);

/** Exact: floor(n * 1e9 * d / f) and the rest, as one number of picoseconds. */
function exactDeparturePs(n: number, { numerator, denominator }: Fraction): bigint {
  return (BigInt(n) * BigInt(denominator) * 1_000_000_000_000n) / BigInt(numerator);
}

function exactDueBy(elapsedNs: number, { numerator, denominator }: Fraction): bigint {
  return (BigInt(elapsedNs) * BigInt(numerator)) / (BigInt(denominator) * 1_000_000_000n) + 1n;
}

describe('the pacer', () => {
  it('is within two nanoseconds of the exact time, three months on', () => {
    fc.assert(
      fc.property(rates, weeks, (rate, elapsedNs) => {
        const pacer = new Pacer(rate);
        const n = pacer.dueBy(elapsedNs);
        const exactNs = Number(exactDeparturePs(n, rate)) / 1000;
        assert.ok(Math.abs(pacer.departureNs(n) - exactNs) <= 2, `${pacer.departureNs(n)} for ${exactNs}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('has exactly as many frames due as the rate times the time, give or take one at the edge', () => {
    fc.assert(
      fc.property(rates, weeks, (rate, elapsedNs) => {
        const difference = BigInt(new Pacer(rate).dueBy(elapsedNs)) - exactDueBy(elapsedNs, rate);
        assert.ok(difference >= -1n && difference <= 1n, `off by ${difference}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('at a whole number of frames per second, is exact at every second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.integer({ min: 0, max: 12 * 7 * 24 * 3600 }),
        (pps, seconds) => {
          const pacer = new Pacer({ numerator: pps, denominator: 1 });
          assert.equal(pacer.departureNs(pps * seconds), seconds * 1e9);
          assert.equal(pacer.dueBy(seconds * 1e9), pps * seconds + 1);
        },
      ),
    );
  });

  it('never sends a frame early, nor holds one that is due', () => {
    fc.assert(
      fc.property(rates, weeks, (rate, elapsedNs) => {
        const pacer = new Pacer(rate);
        const due = pacer.dueBy(elapsedNs);
        assert.ok(pacer.departureNs(due - 1) <= elapsedNs + 2);
        assert.ok(pacer.departureNs(due) >= elapsedNs - 2);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps frames in order, a period apart', () => {
    fc.assert(
      fc.property(rates, weeks, (rate, elapsedNs) => {
        const pacer = new Pacer(rate);
        const n = pacer.dueBy(elapsedNs);
        const gapNs = pacer.departureNs(n + 1) - pacer.departureNs(n);
        assert.ok(Math.abs(gapNs - pacer.periodNs) <= 2, `${gapNs} of ${pacer.periodNs}`);
      }),
    );
  });
});

describe('rates', () => {
  const perSecond = (value: number) => fraction(BigInt(value), 1n);

  it('of bits are those of the wire: a gigabit is 1 488 095 of the smallest frames and 81 274 of the longest', () => {
    const gigabit = { kind: 'wire-bits', perSecond: perSecond(1e9) } as const;
    const frames = (bytes: number) => {
      const { numerator, denominator } = framesPerSecond(gigabit, { frames: 1, bytes });
      return Math.floor(numerator / denominator);
    };
    assert.deepEqual([frames(60), frames(1514)], [1_488_095, 81_274]);
  });

  it('of bits are exact for a mix, by what all of its frames take', () => {
    const rate = framesPerSecond(
      { kind: 'wire-bits', perSecond: perSecond(1e6) },
      { frames: 2, bytes: 60 + 1514 },
    );
    assert.deepEqual(rate, fraction(2_000_000n, 8n * (60n + 1514n + 48n)));
  });

  it('of frames do not depend on the size', () => {
    const rate = { kind: 'frames', perSecond: perSecond(5) } as const;
    assert.deepEqual(framesPerSecond(rate, { frames: 7, bytes: 700 }), { numerator: 5, denominator: 1 });
  });
});

describe('departures', () => {
  let nowNs = 0;
  const clock = () => nowNs;
  const everyMicrosecond = () => new Departures(new Pacer({ numerator: 1_000_000, denominator: 1 }), clock);

  /** Sends what is due at each time, as far as `room` goes. */
  function run(departures: Departures, timesNs: readonly number[], room = Number.POSITIVE_INFINITY): void {
    for (const timeNs of timesNs) {
      nowNs = timeNs;
      const due = Math.min(departures.due(), room);
      departures.offer(due);
      departures.leave(due);
    }
  }

  it('offers each frame once, whatever the times between looks', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 50_000_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(steps, rates, (steps, rate) => {
        const departures = new Departures(new Pacer(rate), clock);
        const timesNs = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step, 1e15));
        for (const timeNs of timesNs) {
          nowNs = timeNs;
          const due = departures.due();
          assert.ok(due >= 0);
          departures.offer(due);
          // What left is only counted: a histogram of a hundred million would take its time.
        }
        const { intended, offered } = departures.counts();
        assert.equal(offered, new Pacer(rate).dueBy(timesNs.at(-1)! - timesNs[0]!));
        assert.equal(intended, offered);
      }),
    );
  });

  it('says by how much frames left late', () => {
    const departures = everyMicrosecond();
    run(departures, [0, 10_000]); // the first frame, then ten that were 9, 8 … 0 microseconds late
    const { deviationNanoseconds, sent } = departures.counts();
    assert.equal(sent, 11);
    assert.equal(deviationNanoseconds.samples, 11);
    assert.equal(deviationNanoseconds.min, 0);
    assert.equal(deviationNanoseconds.max, 9000);
  });

  it('makes up for a delay', () => {
    const departures = everyMicrosecond();
    run(departures, [0, 99_000_000, 100_000_000]);
    const { intended, offered, sent } = departures.counts();
    assert.deepEqual([intended, offered, sent], [100_001, 100_001, 100_001]);
  });

  it('gives up what is more than 100 ms late, and says so', () => {
    const departures = everyMicrosecond();
    run(departures, [0, 1_000_000_000]);
    const { intended, offered, deviationNanoseconds } = departures.counts();
    assert.equal(intended, 1_000_001);
    assert.equal(offered, 100_001); // the first one, and those of the last 100 ms
    assert.equal(deviationNanoseconds.max, 99_999_000);
  });

  it('counts frames that the port has no room for as offered and not as sent', () => {
    const departures = everyMicrosecond();
    for (const timeNs of [0, 31_000]) {
      nowNs = timeNs;
      departures.offer(departures.due());
    }
    departures.leave(20);
    const { intended, offered, sent } = departures.counts();
    assert.deepEqual([intended, offered, sent], [32, 32, 20]);
    departures.offer(-12);
    assert.equal(departures.counts().offered, 20);
  });
});
