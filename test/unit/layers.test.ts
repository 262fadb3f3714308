import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What each directory of native/ may include beside itself; see "The house" in docs/design.md. */
const nativeLayers: Record<string, string[]> = {
  util: [],
  net: ['util'],
  dma: ['util', 'net'],
  pci: ['dma', 'util', 'net'],
  port: ['dma', 'util', 'net', 'pci'],
  vfio: ['pci', 'dma', 'util', 'net'],
  nic: ['port', 'pci', 'dma', 'util', 'net'],
  emulation: ['nic', 'port', 'pci', 'dma', 'util', 'net'],
  open: ['nic', 'vfio', 'emulation', 'port', 'pci', 'dma', 'util', 'net'],
  binding: ['open', 'port', 'pci', 'dma', 'util', 'net'],
};

/** What each directory of src/ may import beside itself; '' is index.ts. */
const sourceLayers: Record<string, string[]> = {
  core: [],
  '': ['core'],
  net: ['core'],
  pcap: ['core', ''],
  lab: ['core', ''],
  traffic: ['', 'core', 'net', 'pcap'],
  pacing: ['', 'core', 'net', 'pcap', 'traffic'],
  results: ['', 'core', 'net', 'pcap', 'traffic', 'pacing', 'measure'],
  trials: ['', 'core', 'net', 'pcap', 'traffic', 'pacing', 'results'],
  measure: ['', 'core', 'net', 'pcap', 'traffic', 'pacing', 'results', 'trials'],
  documents: ['', 'core', 'net', 'traffic', 'pacing', 'results', 'trials', 'measure'],
  report: ['pacing', 'results', 'measure', 'documents'],
  cli: [
    ...['', 'core', 'net', 'pcap', 'lab', 'traffic', 'pacing', 'results', 'trials', 'measure', 'documents'],
    'report',
  ],
};

function filesBelow(directory: string, pattern: RegExp): string[] {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `[file, what it includes or imports]` for every match of `pattern`'s first group. */
function references(files: string[], pattern: RegExp): [file: string, target: string][] {
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map((match): [string, string] => [file, match[1]!]),
  );
}

describe('layers', () => {
  it('has a rule for every directory of native/ and src/', () => {
    const directories = (path: string) =>
      readdirSync(join(root, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    assert.deepEqual(
      directories('native').filter((name) => !(name in nativeLayers)),
      [],
    );
    assert.deepEqual(
      directories('src').filter((name) => !(name in sourceLayers)),
      [],
    );
  });

  it('includes go from the binding down to util, never up or across', () => {
    const files = filesBelow('native', /\.(h|cc)$/);
    const wrong = references(files, /^#include "([^"]+)"/gm).filter(([file, target]) => {
      const from = relative(join(root, 'native'), file).split('/')[0]!;
      const to = target.split('/')[0]!;
      return from !== to && !nativeLayers[from]?.includes(to);
    });
    assert.deepEqual(wrong, []);
    assert.ok(files.length > 50, 'the pattern finds the files');
  });

  it('emulation/net knows no device model', () => {
    const allowed = /^(emulation\/net|util|net)\//;
    const includes = references(filesBelow('native/emulation/net', /\.(h|cc)$/), /^#include "([^"]+)"/gm);
    assert.deepEqual(
      includes.filter(([, target]) => !allowed.test(target)),
      [],
    );
    assert.ok(includes.length > 20, 'the pattern finds the includes');
  });

  it('only native/binding includes Node, and only native/vfio includes <linux/vfio.h>', () => {
    const uses = references(filesBelow('native', /\.(h|cc)$/), /^#include <([^>]+)>/gm);
    const owners = (header: RegExp) =>
      new Set(
        uses.filter(([, target]) => header.test(target)).map(([file]) => relative(root, dirname(file))),
      );
    assert.deepEqual([...owners(/^(napi|node_api|uv|node)/)], ['native/binding']);
    assert.deepEqual([...owners(/^linux\/vfio/)], ['native/vfio']);
  });

  it('nothing in native/binding knows a register', () => {
    const knowing = references(filesBelow('native/binding', /\.(h|cc)$/), /^#include "(nic\/[^"]+)"/gm);
    assert.deepEqual(knowing, []);
  });

  it('imports go from the command down to the library', () => {
    const files = filesBelow('src', /\.ts$/);
    const wrong = references(files, /from '(\.[^']+)'/g).filter(([file, target]) => {
      const from = dirname(relative(join(root, 'src'), file)).replace(/^\.$/, '');
      const to = dirname(normalize(join(dirname(relative(join(root, 'src'), file)), target))).replace(
        /^\.$/,
        '',
      );
      return from !== to && !sourceLayers[from]?.includes(to);
    });
    assert.deepEqual(wrong, []);
    assert.ok(files.length > 10, 'the pattern finds the files');
  });

  it('measure knows nothing of the command line, and only the library loads the addon', () => {
    const packages = references(filesBelow('src', /\.ts$/), /from '([^.][^']*)'/g);
    const users = (name: string) =>
      new Set(
        packages
          .filter(([, target]) => target === name)
          .map(([file]) => relative(join(root, 'src'), dirname(file))),
      );
    assert.deepEqual([...users('commander')], ['cli']);
  });
});
