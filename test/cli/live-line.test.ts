import assert from 'node:assert/strict';
import { LiveLine } from '../../src/cli/live-line.ts';

/** What is written, and no more of a terminal than the class asks for. */
function fakeStream(isTTY: boolean, columns = 20): { stream: NodeJS.WriteStream; written(): string } {
  let written = '';
  const stream = {
    isTTY,
    columns,
    hasColors: () => false,
    write(text: string) {
      written += text;
      return true;
    },
  };
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written };
}

describe('the live line', () => {
  it('is redrawn in place on a terminal, cut to its width, and gone at the end', () => {
    const { stream, written } = fakeStream(true);
    const live = new LiveLine(stream, true);
    live.show('one');
    live.show('x'.repeat(30));
    live.clear();
    live.clear();
    assert.equal(written(), `\r\u001b[2Kone\r\u001b[2K${'x'.repeat(19)}\r\u001b[2K`);
  });

  it('leaves out whole parts that have no room, and never a unit', () => {
    const { stream, written } = fakeStream(true, 60);
    const parts = ['1.0 s', 'emu:a rx 1.488 tx 1.488 Mpps', 'emu:b rx 1.488 tx 1.488 Mpps'];
    new LiveLine(stream, true).show(parts.join('  '));
    assert.equal(written(), `\r\u001b[2K${parts.slice(0, 2).join('  ')} …`);
  });

  it('is cut to 80 columns when the terminal does not know its width', () => {
    const { stream, written } = fakeStream(true, 0);
    new LiveLine(stream, true).show('x'.repeat(100));
    assert.equal(written(), `\r\u001b[2K${'x'.repeat(79)}`);
  });

  it('stays below a note on a terminal', () => {
    const { stream, written } = fakeStream(true);
    const live = new LiveLine(stream, true);
    live.show('one');
    live.note('two');
    assert.equal(written(), '\r\u001b[2Kone\r\u001b[2Knote: two\n\r\u001b[2Kone');
  });

  it('is plain lines elsewhere', () => {
    const { stream, written } = fakeStream(false);
    const live = new LiveLine(stream, true);
    live.show('one');
    live.note('two');
    live.show('three');
    live.clear();
    assert.equal(written(), 'one\nnote: two\nthree\n');
  });

  it('writes only notes when it is not wanted', () => {
    const { stream, written } = fakeStream(false);
    const live = new LiveLine(stream, false);
    live.show('one');
    live.note('two');
    assert.equal(written(), 'note: two\n');
  });
});
