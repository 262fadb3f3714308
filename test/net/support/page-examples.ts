import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { useDirectory } from '../../pcap/support/directory.ts';

const root = join(import.meta.dirname, '../../..');
const urlOf = (file: string) => pathToFileURL(join(root, file)).href;

/** Makes a test of each example of a page, which runs it and compares what it prints with its comments. Returns the page and their number. */
export function testExamples(pageFile: string): { page: string; count: number } {
  const page = readFileSync(join(root, pageFile), 'utf8');
  const inDirectory = useDirectory();
  let heading = 'its beginning';
  let count = 0;
  for (const [, title, code] of page.matchAll(/^## (.*)$|^```ts\n([\s\S]*?)^```$/gm)) {
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
      assert.deepEqual(await printedBy(inDirectory(file)), expected);
    });
  }
  return { page, count };
}

async function printedBy(file: string): Promise<string[]> {
  const { log } = console;
  const printed: string[] = [];
  console.log = (...values: unknown[]) => void printed.push(values.join(' '));
  try {
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
  }
  return printed;
}
