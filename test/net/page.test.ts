import assert from 'node:assert/strict';
import { testExamples } from './support/page-examples.ts';

describe('docs/net.md', () => {
  const { page, count } = testExamples('docs/net.md');

  it('has six examples', () => assert.equal(count, 6));

  it('names every module', async () => {
    const net: object = await import('../../src/net/index.ts');
    for (const [name, value] of Object.entries(net))
      if (Object.prototype.toString.call(value) === '[object Module]')
        assert.ok(page.includes(`\`${name}\``), `${name} is in the table`);
  });
});
