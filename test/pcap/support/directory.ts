import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for the files of a suite, gone after it. Call it in `describe`; it says where a file is. */
export function useDirectory(): (name: string) => string {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'pmd-pcap-'));
  });
  after(() => rmSync(directory, { recursive: true }));
  return (name) => join(directory, name);
}
