import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxSeconds, nanosecondsHigh, nanosecondsLow, splitTime } from '../../src/pcap/timestamp.ts';

const billion = 1_000_000_000n;
const anyUnits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.nat(2 ** 31 - 1).map(BigInt),
  fc.constantFrom(0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 64n - 1n, 1_700_000_000_123_456_789n),
);

describe('times of pcapng', () => {
  it('are those of long arithmetic, for every resolution', () => {
    const resolution = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(3, 6, 9, 0x80 | 10, 0x80 | 32),
    );
    fc.assert(
      fc.property(resolution, anyUnits, fc.integer({ min: -1000, max: 1000 }), (code, units, offset) => {
        const exponent = BigInt(code & 0x7f);
        const perSecond = code < 128 ? 10n ** exponent : 2n ** exponent;
        const time = { seconds: 0, nanoseconds: 0 };
        const clock = { resolution: code, offsetSeconds: offset };
        splitTime(clock, Number(units >> 32n), Number(units & 0xffff_ffffn), time);
        assert.equal(time.seconds, Number(units / perSecond) + offset);
        assert.equal(time.nanoseconds, Number(((units % perSecond) * billion) / perSecond));
      }),
      { numRuns: 5000 },
    );
  });

  it('are written as the nanoseconds that they are', () => {
    const seconds = fc.oneof(
      fc.integer({ min: 0, max: maxSeconds }),
      fc.constantFrom(0, 65_535, 65_536, maxSeconds),
    );
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanoseconds) => {
        const units = BigInt(seconds) * billion + BigInt(nanoseconds);
        const time = { seconds, nanoseconds };
        assert.equal((BigInt(nanosecondsHigh(time)) << 32n) | BigInt(nanosecondsLow(time)), units);
        assert.ok(nanosecondsHigh(time) < 2 ** 32);
      }),
      { numRuns: 5000 },
    );
  });
});
