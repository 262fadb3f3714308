import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { document, page, rows } from './features/document.ts';

describe('docs/features.md', () => {
  it('is what the capabilities of each kind of port say', () => {
    assert.equal(readFileSync(page, 'utf8'), document(), 'out of date: npm run docs:features');
  });

  it("has the nineteen rows of DPDK's igb_vf.ini", () => {
    assert.equal(rows.length, 19);
    assert.equal(new Set(rows.map(([feature]) => feature)).size, 19);
  });
});
