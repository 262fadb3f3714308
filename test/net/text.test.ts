import assert from 'node:assert/strict';
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { PmdError } from '../../src/index.ts';
import { get32, ipv4, ipv6, mac } from '../../src/net/index.ts';

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const address6 = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
/** What looks like an address, and mostly is none. */
const nearly = fc
  .array(
    fc.constantFrom('::', ':', '.', '0', '1', 'ff', 'abcd', '255', '256', '12345', '1.2.3.4', 'g', '%'),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

describe('addresses as text', () => {
  it('of IPv4 are what Node makes of them', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => {
        const text = ipv4.formatAddress(word);
        assert.equal(text, [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.'));
        assert.ok(isIPv4(text));
        assert.equal(ipv4.parseAddress(text), word);
      }),
      { numRuns: 1000 },
    );
  });

  it('of IPv6 are what the C library makes of them', () => {
    fc.assert(
      fc.property(address6, (bytes) => {
        const text = ipv6.formatAddress(bytes);
        assert.deepEqual(ipv6.parseAddress(text), bytes);
        // The C library shows more of the addresses below ::1:0:0 with an IPv4 address than RFC 5952 asks for.
        if (bytes.subarray(0, 12).every((byte) => byte === 0)) return;
        assert.equal(text, new SocketAddress({ address: text, family: 'ipv6' }).address);
      }),
      { numRuns: 2000 },
    );
  });

  it('of IPv6 leave out the longest run of zeros, the first of two, and never a single group', () => {
    const shown = (text: string) => ipv6.formatAddress(ipv6.parseAddress(text));
    assert.equal(shown('0:0:0:0:0:0:0:0'), '::');
    assert.equal(shown('0:0:0:0:0:0:0:1'), '::1');
    assert.equal(shown('FD00:0:0:1:0:0:0:1'), 'fd00:0:0:1::1');
    assert.equal(shown('fd00:0:0:1:1:0:0:1'), 'fd00::1:1:0:0:1');
    assert.equal(shown('fd00:1:0:1:1:1:1:0'), 'fd00:1:0:1:1:1:1:0');
    assert.equal(shown('1:2:3:4:5:6:0:0'), '1:2:3:4:5:6::');
    assert.equal(shown('::ffff:10.1.2.3'), '::ffff:10.1.2.3');
    assert.equal(shown('64:ff9b::10.1.2.3'), '64:ff9b::a01:203');
  });

  it('are taken if and only if Node takes them, and refused with what to write', () => {
    let good = 0;
    const expectSame = (text: string, isGood: boolean, parse: (text: string) => unknown) => {
      if (isGood) {
        parse(text);
        good++;
      } else {
        assert.throws(
          () => parse(text),
          (error) => error instanceof PmdError && error.code === 'ERR_PMD_INVALID_ARGUMENT',
          text,
        );
      }
    };
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        expectSame(text, isIPv4(text), ipv4.parseAddress);
        expectSame(text, isIPv6(text) && !text.includes('%'), ipv6.parseAddress);
      }),
      { numRuns: 5000 },
    );
    assert.ok(good > 1000, `${good} were good`);
    for (const value of [undefined, null, 7, {}, ['1.2.3.4']])
      for (const parse of [ipv4.parseAddress, ipv6.parseAddress, mac.parse])
        assert.throws(() => parse(value as never), PmdError);
  });

  it('are read and written as bytes of ASCII at any place, without a string', () => {
    fc.assert(
      fc.property(address6, fc.integer(), fc.nat(9), (bytes, word, at) => {
        const text = new Uint8Array(64).fill(0x7a);
        const out = new Uint8Array(32).fill(0xee);
        const end6 = ipv6.writeAddress(text, at, bytes, 0);
        assert.deepEqual(text.subarray(at, end6), ascii(ipv6.formatAddress(bytes)));
        assert.equal(text[end6], 0x7a);
        assert.ok(ipv6.readAddress(text, at, end6, out, at));
        assert.deepEqual(out.subarray(at, at + 16), bytes);
        const end4 = ipv4.writeAddress(text, at, word);
        assert.ok(ipv4.readAddress(text, at, end4, out, at));
        assert.equal(get32(out, at), word);
        const endMac = mac.writeText(text, at, bytes, 3);
        assert.deepEqual(text.subarray(at, endMac), ascii(mac.format(bytes.subarray(3, 9))));
        assert.ok(mac.readText(text, at, endMac, out, at));
        assert.deepEqual(out.subarray(at, at + 6), bytes.subarray(3, 9));
      }),
    );
  });

  it('that are none leave what they would be written to as it was', () => {
    const out = new Uint8Array(16).fill(0xee);
    for (const text of [
      '1.2.3',
      '1.2.3.4.',
      '01.2.3.4',
      '1.2.3.256',
      '::1::',
      '1:2',
      ':::',
      '1:2:3:4:5:6:7:8::',
      '',
    ]) {
      assert.equal(ipv4.readAddress(ascii(text), 0, text.length, out, 0), false, text);
      assert.equal(ipv6.readAddress(ascii(text), 0, text.length, out, 0), false, text);
    }
    for (const text of ['02:00:00:00:00:0', '02-00-00-00-00-01', '02:00:00:00:00:0g', '02:00:00:00:00:011'])
      assert.equal(mac.readText(ascii(text), 0, text.length, out, 0), false, text);
    assert.deepEqual(out, new Uint8Array(16).fill(0xee));
  });

  it('are keys without a string', () => {
    const bytes = mac.parse('82:01:02:f3:04:05');
    assert.deepEqual([mac.high(bytes, 0), mac.low(bytes, 0) >>> 0], [0x8201, 0x02f30405]);
  });
});
