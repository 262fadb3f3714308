import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { useDirectory } from '../pcap/support/directory.ts';

const root = join(import.meta.dirname, '../..');
const urlOf = (file: string) => pathToFileURL(join(root, file)).href;
const page = readFileSync(join(root, 'docs/net.md'), 'utf8');
const examples = [...page.matchAll(/^## (.*)$|^```ts\n([\s\S]*?)^```$/gm)];

describe('docs/net.md', () => {
  const inDirectory = useDirectory();
  let heading = 'its beginning';
  let count = 0;

  for (const [, title, code] of examples) {
    if (code === undefined) {
      heading = title!;
      continue;
    }
    const file = `example-${count++}.mts`;
    it(`has an example that prints what it says: ${heading}`, async () => {
      const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line);
      assert.ok(expected.length > 0, 'the example says what it prints');
      const program = code
        .replaceAll("'vfio-pmd/net'", `'${urlOf('src/net/index.ts')}'`)
        .replaceAll("'vfio-pmd'", `'${urlOf('src/index.ts')}'`);
      writeFileSync(inDirectory(file), program);
      const { log } = console;
      const printed: string[] = [];
      console.log = (...values: unknown[]) => void printed.push(values.join(' '));
      try {
        await import(pathToFileURL(inDirectory(file)).href);
      } finally {
        console.log = log;
      }
      assert.deepEqual(printed, expected);
    });
  }

  it('has six examples', () => assert.equal(count, 6));

  it('names every module', async () => {
    const net: object = await import('../../src/net/index.ts');
    for (const [name, value] of Object.entries(net))
      if (Object.prototype.toString.call(value) === '[object Module]')
        assert.ok(page.includes(`\`${name}\``), `${name} is in the table`);
  });
});
