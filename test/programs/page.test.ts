import assert from 'node:assert/strict';
import { createHeaders } from '../../src/index.ts';
import { testExamples } from '../net/support/page-examples.ts';

describe('docs/programs.md', () => {
  const { page, count } = testExamples('docs/programs.md');

  it('has two examples', () => assert.equal(count, 2));

  it('names every column', () => {
    const columns = Object.entries(createHeaders(1)).filter(([, value]) => ArrayBuffer.isView(value));
    assert.ok(columns.length >= 17);
    for (const [name] of columns) assert.ok(page.includes(`\`${name}\``), `${name} is in the table`);
  });
});
