import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { collectField } from '../../src/cli/field-values.ts';
import { parseSizeList, parseSizes } from '../../src/cli/size-values.ts';
import { collectMac, count, integer, parseDuration, parsePps, parseRate } from '../../src/cli/values.ts';

describe('command line values', () => {
  it('reads durations with and without a unit', () => {
    const durationsMs = {
      '500ms': 500,
      '5s': 5000,
      '1.5s': 1500,
      '2m': 120_000,
      '2min': 120_000,
      '1h': 3_600_000,
      '5': 5000,
      '0.25': 250,
    };
    for (const [text, durationMs] of Object.entries(durationsMs))
      assert.equal(parseDuration(text), durationMs);
  });

  it('refuses what is not a duration, none at all, and more than a timer can wait for', () => {
    for (const text of [
      '',
      ' ',
      's',
      '5x',
      '-1s',
      '1e3',
      '0',
      '0.1ms',
      '5 s',
      '5S',
      'Infinity',
      '36000m',
      '597h',
      '1d',
    ]) {
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

  it('reads counts with the prefixes that people type', () => {
    const parse = count(Number.MAX_SAFE_INTEGER);
    const counts = { '1': 1, '10k': 10_000, '10K': 10_000, '2.5M': 2_500_000, '1G': 1e9, '0.001k': 1 };
    for (const [text, value] of Object.entries(counts)) assert.equal(parse(text), value);
    for (const text of ['0', '', 'k', '1.5', '0.0001k', '1m', '-1', '1e3', '9007199254740992', '10000000G'])
      assert.throws(() => parse(text), InvalidArgumentError, text);
  });

  it('reads rates in bits with the units that people type, and no more than the wire carries', () => {
    const bits = (text: string) => {
      const rate = parseRate(text);
      assert.equal(rate.kind, 'wire-bits', text);
      return rate.perSecond.numerator / rate.perSecond.denominator;
    };
    for (const text of [
      '500Mbit',
      '500Mbps',
      '500mbit',
      '500mbps',
      '500Mbit/s',
      '500Mb/s',
      '0.5Gbps',
      '500000kbit',
    ])
      assert.equal(bits(text), 5e8, text);
    assert.equal(bits('10gbit'), 1e10);
    assert.equal(bits('100%'), 1e9);
    for (const text of ['200%', '100.1%', '11gbit', '10m', '10g', '5mpps', '5bit/pps'])
      assert.throws(() => parseRate(text), InvalidArgumentError, text);
  });

  it('reads sizes of frames with FCS: one, a range, a mix, IMIX', () => {
    const mix = (...parts: [bytes: number, weight: number][]) => ({
      kind: 'mix',
      parts: parts.map(([bytes, weight]) => ({ bytes, weight })),
    });
    assert.deepEqual(parseSizes('64'), mix([60, 1]));
    assert.deepEqual(parseSizes('64-1518'), { kind: 'range', min: 60, max: 1514 });
    assert.deepEqual(parseSizes('64,512,1518'), mix([60, 1], [508, 1], [1514, 1]));
    assert.deepEqual(parseSizes('64:7,594:4,1518:1'), mix([60, 7], [590, 4], [1514, 1]));
    assert.deepEqual(parseSizes('imix'), parseSizes('64:7,594:4,1518:1'));
    for (const text of ['', '63', '9239', '100-64', '64-', '-64', '64,', '64:0', '64:9999', 'mix', '64;65']) {
      assert.throws(() => parseSizes(text), InvalidArgumentError, text);
    }
    assert.deepEqual(
      parseSizeList('64,imix').map(({ name }) => name),
      ['64', 'imix'],
    );
    for (const text of ['64,64', '64,', '60', '64-128'])
      assert.throws(() => parseSizeList(text), InvalidArgumentError);
  });

  it('reads fields: a value, a range that counts up, one that is drawn from', () => {
    const hex = (text: string) => {
      const { first, count, random } = collectField(text)[0]!;
      return [Buffer.from(first).toString('hex'), count, random];
    };
    assert.deepEqual(hex('src-ip=10.0.0.1'), ['0a000001', 1, false]);
    assert.deepEqual(hex('src-ip=0.0.0.0-255.255.255.255'), ['00000000', 2 ** 32, false]);
    assert.deepEqual(hex('dst-ip=random:2001:db8::1-2001:db8::ffff'), [
      '20010db8000000000000000000000001',
      65535,
      true,
    ]);
    assert.deepEqual(hex('dst-ip=::ffff:1.2.3.4'), ['00000000000000000000ffff01020304', 1, false]);
    assert.deepEqual(hex('src-mac=02:00:00:00:00:fe-02:00:00:00:01:01'), ['0200000000fe', 4, false]);
    assert.deepEqual(hex('dst-port=random:1024-65535'), ['0400', 64512, true]);
    assert.deepEqual(hex('ttl=255'), ['ff', 1, false]);
    const wrong = [
      '',
      'src-ip',
      'src-ip=',
      'ip=1',
      'ttl=256',
      'vlan=4096',
      'src-port=5-4',
      'src-ip=1.2.3',
      'src-ip=1::-2::',
      'src-mac=2',
    ];
    for (const text of wrong) assert.throws(() => collectField(text), InvalidArgumentError, text);
    assert.throws(() => collectField('ttl=1', collectField('ttl=2')), InvalidArgumentError);
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
