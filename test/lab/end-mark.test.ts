import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { UntilMark } from '../../src/lab/end-mark.ts';

describe('the end of a stream', () => {
  const mark = 'end-end-0123';

  it('is found however the stream is cut, and nothing before it is lost', async () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('end-0123\n\0\xff', 'latin1')), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(8)), async (content, cuts) => {
        const before = Buffer.from(content);
        fc.pre(!before.includes(mark));
        const chunks = cut(Buffer.concat([before, Buffer.from(`${mark}late output`)]), cuts);
        const seen = await buffer(Readable.from(chunks).pipe(new UntilMark(mark)));
        // content that ends like the mark begins makes an earlier mark: then the stream ends there
        const whole = Buffer.concat([before, Buffer.from(mark)]);
        assert.deepEqual(seen, whole.subarray(0, whole.indexOf(mark)));
      }),
    );
  });

  it('holds nothing back that cannot be the start of the mark', () => {
    const stream = new UntilMark(mark);
    stream.write('prompt> ');
    assert.equal(String(stream.read()), 'prompt> ');
  });

  it('may be missing: a stream that breaks off is passed on whole', async () => {
    assert.equal(
      String(await buffer(Readable.from([Buffer.from('cut off end-')]).pipe(new UntilMark(mark)))),
      'cut off end-',
    );
  });
});

function cut(data: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(data.subarray(at, at + size + 1));
    at += size + 1;
  }
  chunks.push(data.subarray(at));
  return chunks.filter((chunk) => chunk.length > 0);
}
