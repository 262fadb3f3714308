import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../../src/core/native.ts';
import { skip } from '../support/skip.ts';
import { attempt } from './errors/attempt.ts';
import { document, page } from './errors/document.ts';
import { rows } from './errors/rows.ts';
import { root } from './support/packed.ts';

describe('docs/errors.md', () => {
  it('is what the code says', async () => {
    assert.equal(readFileSync(page, 'utf8'), await document(), 'out of date: npm run docs:errors');
  });

  it('has every code of the addon', () => {
    const text = readFileSync(page, 'utf8');
    for (const code of Object.keys(addon.errorCodes())) assert.ok(text.includes(`| \`${code}\` |`), code);
  });

  for (const row of rows) {
    if (row.attempt === undefined) {
      it(`${row.what}: demanded of VFIO in ${row.test}`, () => {
        const test = readFileSync(join(root, row.test!), 'utf8');
        assert.ok(test.includes(`assertDocumented('${row.what}'`), `${row.test} does not demand it`);
      });
    } else {
      it(`${row.what}: ${row.code}, with a hint`, async function () {
        const reason = row.cannot?.();
        if (reason !== undefined) {
          skip(this, `not on this machine: ${reason}`);
        }
        const error = await attempt(row);
        assert.equal(error.code, row.code);
        assert.ok(error.hint, 'says what to do');
        assert.ok(error.message.endsWith(`(${error.hint})`));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
        assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f]/);
      });
    }
  }
});
