import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { layers } from '../../.dependency-cruiser.mjs';
import { root, runChecker } from './support/checker.ts';

/** What each directory of native/ may include beside itself; see "The house" in docs/design.md. */
const nativeLayers: Record<string, string[]> = {
  util: [],
  net: ['util'],
  netlink: ['util', 'net'],
  dma: ['util', 'net'],
  pci: ['dma', 'util', 'net'],
  port: ['dma', 'util', 'net'],
  ring: ['port', 'dma', 'util', 'net'],
  ports: ['netlink', 'port', 'dma', 'util', 'net'],
  programs: ['port', 'dma', 'util', 'net'],
  vfio: ['pci', 'dma', 'util', 'net'],
  nic: ['port', 'pci', 'dma', 'util', 'net'],
  emulation: ['nic', 'port', 'pci', 'dma', 'util', 'net'],
  open: ['nic', 'ports', 'netlink', 'vfio', 'emulation', 'port', 'pci', 'dma', 'util', 'net'],
  binding: ['open', 'netlink', 'pci', 'ring', 'programs', 'port', 'dma', 'util', 'net'],
};

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
  cycle?: { name: string }[];
}

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

/** What dependency-cruiser finds wrong, by the rules of .dependency-cruiser.mjs. */
function violations(folders: string[]): unknown[] {
  const program = 'dependency-cruiser/bin/dependency-cruise.mjs';
  const found = runChecker(program, ['--output-type', 'json', ...folders]);
  const { summary } = found as { summary: { violations: Violation[]; totalCruised: number } };
  assert.ok(summary.totalCruised > 300, 'it finds the files');
  return summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    path: [from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' → '),
  }));
}

describe('layers', () => {
  it('has a rule for every directory of native/', () => {
    const directories = (path: string) =>
      readdirSync(join(root, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    assert.deepEqual(
      directories('native').filter((name) => !(name in nativeLayers)),
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

  it('has a port, PCI, openers, a binding and a core that name no VF, no PF and no register of igb', () => {
    const registers = [
      ...readFileSync(join(root, 'native/nic/igbvf/registers.h'), 'utf8').matchAll(
        /^inline constexpr Reg (\w+)\{/gm,
      ),
    ].map(([, name]) => name);
    assert.ok(registers.length > 30, 'the pattern finds the registers');
    const specific = new RegExp(`\\b(?:[VP]Fs?|[vp]fs?|${registers.join('|')})\\b`);
    const files = [
      ...['native/port', 'native/pci', 'native/open', 'native/binding'].flatMap((folder) =>
        filesBelow(folder, /\.(h|cc)$/),
      ),
      ...filesBelow('src/core', /\.ts$/),
    ];
    const lines = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => specific.test(line))
        .map((line) => `${relative(root, file)}: ${line.trim()}`),
    );
    assert.deepEqual(lines, []);
  });

  it('nothing in native/binding knows a register', () => {
    const knowing = references(filesBelow('native/binding', /\.(h|cc)$/), /^#include "(nic\/[^"]+)"/gm);
    assert.deepEqual(knowing, []);
  });

  it('imports of TypeScript go down the layers of src, and never in a circle, types included', function () {
    this.timeout(120_000);
    assert.deepEqual(violations(['src', 'test', 'bench', 'examples', 'scripts']), []);
  });

  it('has the layers of src in docs/design.md', () => {
    const drawn = layers.map((layer) => layer.join(', ')).join(' ← ');
    const page = readFileSync(join(root, 'docs/design.md'), 'utf8').replaceAll(/\s+/g, ' ');
    assert.ok(page.includes(drawn), drawn);
  });
});
