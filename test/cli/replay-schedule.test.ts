import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ReplaySchedule } from '../../src/pacing/replay-schedule.ts';

interface Timed {
  seconds: number;
  nanoseconds: number;
  hasTimestamp: boolean;
}

const at = (ns: number): Timed => ({
  seconds: 1_700_000_000 + Math.floor(ns / 1e9),
  nanoseconds: ns % 1e9,
  hasTimestamp: true,
});

describe('the schedule of a replay', () => {
  const gaps = fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 200 });

  it('keeps the times between frames, divided by the multiplier, however late each is added', () => {
    fc.assert(
      fc.property(gaps, fc.constantFrom(0.1, 1, 2, 1000), fc.nat(1e9), (gaps, multiplier, startMs) => {
        const schedule = new ReplaySchedule({ kind: 'original', multiplier });
        let sinceFirstNs = 0;
        for (const [i, gap] of gaps.entries()) {
          if (i > 0) sinceFirstNs += gap;
          schedule.add(at(sinceFirstNs), startMs + i * 7);
          const expected = startMs + sinceFirstNs / 1e6 / multiplier;
          assert.ok(Math.abs(schedule.dueMs - expected) < 1e-3, `${schedule.dueMs} for ${expected}`);
        }
      }),
    );
  });

  it('sends what is out of order, or has no time, at once, and what follows on time', () => {
    const schedule = new ReplaySchedule({ kind: 'original', multiplier: 1 });
    const due = (frame: Timed) => {
      schedule.add(frame, 100);
      return schedule.dueMs;
    };
    assert.equal(due(at(5e9)), 100);
    assert.equal(due(at(6e9)), 1100);
    assert.equal(due(at(5.95e9)), 1100);
    assert.equal(due({ seconds: 0, nanoseconds: 0, hasTimestamp: false }), 1100);
    assert.equal(due(at(7e9)), 2100);
    assert.equal(schedule.clockStepsBack, 0);
    schedule.startPass();
    assert.equal(due(at(5e9)), 2100);
    assert.equal(due(at(6e9)), 3100);
  });

  it('goes on with the times after a clock that is set back', () => {
    const schedule = new ReplaySchedule({ kind: 'original', multiplier: 2 });
    const due = [0, 0.5e9, -3600e9, -3599.5e9, -3599e9].map((ns) => {
      schedule.add(at(ns + 3600e9), 100);
      return schedule.dueMs;
    });
    assert.deepEqual(due, [100, 350, 350, 600, 850]);
    assert.equal(schedule.clockStepsBack, 1);
  });

  it('is not held up by a first frame from the future', () => {
    const schedule = new ReplaySchedule({ kind: 'original', multiplier: 1 });
    schedule.add({ seconds: 2 ** 32 - 1, nanoseconds: 0, hasTimestamp: true }, 0);
    schedule.add(at(0), 0);
    schedule.add(at(2e9), 0);
    assert.equal(schedule.dueMs, 2000);
    assert.equal(schedule.clockStepsBack, 1);
  });

  it('is exact at a rate, for weeks', () => {
    const schedule = new ReplaySchedule({ kind: 'rate', framesPerSecond: { numerator: 30, denominator: 1 } });
    for (let frame = 0; frame <= 30 * 3600; frame++) schedule.add(at(0), 50);
    assert.equal(schedule.dueMs, 50 + 3600 * 1000);
  });

  it('flat out, has everything due at any time', () => {
    const schedule = new ReplaySchedule({ kind: 'flat-out' });
    schedule.add(at(5e9), 100);
    assert.ok(schedule.dueMs <= 0);
  });
});
