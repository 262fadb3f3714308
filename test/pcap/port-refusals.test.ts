import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { openPort } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing } from '../support/ports.ts';
import { classicHeader, section } from './support/builder.ts';
import { capture } from './support/capture.ts';
import { useDirectory } from './support/directory.ts';

describe('pcap: addresses that cannot be opened', () => {
  const path = useDirectory();
  let files = 0;

  function file(...parts: readonly Uint8Array[]): string {
    const name = path(`${files++}.pcap`);
    writeFileSync(name, Buffer.concat(parts));
    return name;
  }

  const refused: [what: string, address: () => string, code: Parameters<typeof pmdError>[0], says: RegExp][] =
    [
      ['without a file', () => 'pcap:', 'ERR_PMD_ADDRESS', /it names no file \(write pcap:FILE/],
      ['with an unknown option', () => 'pcap:a,fast', 'ERR_PMD_ADDRESS', /no option "fast"/],
      ['with loop and no input', () => 'pcap:,loop,out=b', 'ERR_PMD_ADDRESS', /about a file that is read/],
      ['of no file', () => `pcap:${path('none')}`, 'ERR_PMD_CAPTURE_FILE', /No such file or directory/],
      ['of a directory', () => `pcap:${path('')}`, 'ERR_PMD_CAPTURE_FILE', /is no regular file/],
      ['of a device', () => 'pcap:,out=/dev/null', 'ERR_PMD_CAPTURE_FILE', /is no regular file/],
      ['of text', () => `pcap:${file(Buffer.from('hello'))}`, 'ERR_PMD_CAPTURE_FILE', /no magic number/],
      [
        'of an empty file',
        () => `pcap:${file()}`,
        'ERR_PMD_CAPTURE_FILE',
        /byte 0: found the file breaks off/,
      ],
      [
        'of a compressed file',
        () => `pcap:${file(Buffer.from([0x1f, 0x8b, 8, 0]))}`,
        'ERR_PMD_CAPTURE_FILE',
        /a compressed file \(unpack it first/,
      ],
      [
        'of frames that are not Ethernet',
        () => `pcap:${file(classicHeader('big', { network: 113 }))}`,
        'ERR_PMD_CAPTURE_FILE',
        /frames of link type 113, not Ethernet/,
      ],
      [
        'of a later version',
        () => `pcap:${file(section('little', Buffer.alloc(0), 2))}`,
        'ERR_PMD_CAPTURE_FILE',
        /byte 12: found version 2\.0 of the format/,
      ],
    ];
  for (const [what, address, code, says] of refused) {
    it(`say why: ${what}`, async () => {
      await assert.rejects(openPort(address()), pmdError(code, says));
    });
  }

  it(
    'leave the file alone that another port has',
    closing(async (open) => {
      const contents = capture(3);
      const name = file(contents);
      await assert.rejects(
        openPort(`pcap:${name},out=${name}`),
        pmdError('ERR_PMD_BUSY', /is being read or written/),
      );
      assert.deepEqual(readFileSync(name), contents);
      await open.port(`pcap:,out=${path('taken')}`);
      await assert.rejects(openPort(`pcap:${path('taken')}`), pmdError('ERR_PMD_BUSY', /is being written/));
    }),
  );

  it(
    'read a file that another port reads',
    closing(async (open) => {
      const name = file(capture(3));
      for (const port of [await open.port(`pcap:${name}`), await open.port(`pcap:${name}`)]) {
        const burst = port.pool.createBurst(4);
        assert.equal(port.rx[0].receive(burst), 3);
        burst.release();
      }
    }),
  );
});
