import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { collectMac, integer, parseDuration, parsePps, parseRate, parseSize } from '../../src/cli/values.ts';

describe('command line values', () => {
  it('reads durations with and without a unit', () => {
    const durationsMs = { '500ms': 500, '5s': 5000, '1.5s': 1500, '2m': 120_000, '5': 5000, '0.25': 250 };
    for (const [text, durationMs] of Object.entries(durationsMs))
      assert.equal(parseDuration(text), durationMs);
  });

  it('refuses what is not a duration, none at all, and more than a timer can wait for', () => {
    for (const text of ['', ' ', 's', '5x', '-1s', '1e3', '0', '0.1ms', '5 s', '5S', 'Infinity', '36000m']) {
      assert.throws(() => parseDuration(text), InvalidArgumentError, text);
    }
  });

  it('reads any number of milliseconds that it accepts as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (durationMs) => {
        assert.equal(parseDuration(`${durationMs}ms`), durationMs);
      }),
    );
  });

  it('reads integers of a range only', () => {
    const parse = integer(32, 4096);
    assert.equal(parse('32'), 32);
    assert.equal(parse('4096'), 4096);
    for (const text of ['', '31', '4097', '1e3', '64.5', '-64', '0x40']) {
      assert.throws(() => parse(text), /32 to 4096/, text);
    }
  });

  it('reads a frame size and a range of them', () => {
    assert.deepEqual(parseSize('60'), { min: 60, max: 60 });
    assert.deepEqual(parseSize('60-1514'), { min: 60, max: 1514 });
    for (const text of ['', '59', '1515', '100-60', '60-', '-60', 'imix']) {
      assert.throws(() => parseSize(text), InvalidArgumentError, text);
    }
  });

  it('collects MAC addresses', () => {
    assert.deepEqual(collectMac('02:00:00:00:00:02', collectMac('02:00:00:00:00:01')), [
      '02:00:00:00:00:01',
      '02:00:00:00:00:02',
    ]);
    assert.throws(() => collectMac('02:00:00:00:00'), InvalidArgumentError);
  });

  it('reads rates exactly', () => {
    const frames = {
      '5': [5, 1],
      '0.5': [1, 2],
      '100k': [100_000, 1],
      '1.25Mpps': [1_250_000, 1],
      '0.1pps': [1, 10],
    };
    for (const [text, [numerator, denominator]] of Object.entries(frames)) {
      assert.deepEqual(parseRate(text), { kind: 'frames', perSecond: { numerator, denominator } }, text);
      assert.deepEqual(parsePps(text), { numerator, denominator });
    }
    const bits = { '500Mbit': 500e6, '2.5Gbit': 2.5e9, '100%': 1e9, '0.001%': 10_000 };
    for (const [text, numerator] of Object.entries(bits)) {
      assert.deepEqual(
        parseRate(text),
        { kind: 'wire-bits', perSecond: { numerator, denominator: 1 } },
        text,
      );
      assert.throws(() => parsePps(text), /frames per second/);
    }
  });

  it('refuses what is no rate, none at all, and more than there can be', () => {
    for (const text of [
      '',
      'fast',
      '0',
      '0.0k',
      '-5',
      '1e6',
      '5 k',
      '5kbps',
      '5%%',
      '101M',
      '11Gbit',
      '1.2345678',
      '5m',
    ]) {
      assert.throws(() => parseRate(text), InvalidArgumentError, text);
    }
  });
});
