import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from './support/checker.ts';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const paths = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));

/** `a/b` and `a` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/** Paths of other projects, as their words for it say. */
const foreign = new Set(['drivers/pci/pcie/aer_inject.c']);

const topFolder = '(?:src|native|test|bench|docs|examples|scripts|schema)';
/** What begins with one of our folders, and what has a folder and ends as our files do; nothing that stands for many. */
const cited = new RegExp(
  `(?<![\\w./@*-])(${topFolder}/[\\w./-]*\\w(?![\\w/]*[*{])|[\\w-]+(?:/[\\w-]+)+\\.(?:ts|mjs|h|cc|c|md))\\b`,
  'g',
);
const comments = /(?<!:)\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const links = /\]\(([^)#\s]+)/g;
/** A name that stands for any. */
const placeholder = /\b[A-Z]{2,}\b/;

function exists(path: string, from: string): boolean {
  const near = normalize(join(dirname(from), path));
  const plain = normalize(path).replace(/\/$/, '');
  // Includes are written without native/, and a page about a folder names what is in it.
  return [plain, near, `native/${plain}`].some((candidate) => paths.has(candidate));
}

function missing(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const isPage = file.endsWith('.md');
  const text = isPage ? source : [...source.matchAll(comments)].join('\n');
  const found = [...text.matchAll(cited), ...(isPage ? source.matchAll(links) : [])].map(([, path]) => path!);
  return found
    .filter((path) => !/^\w+:/.test(path) && !placeholder.test(path) && !foreign.has(path))
    .filter((path) => !exists(path, file))
    .map((path) => `${file}: ${path}`);
}

describe('citations', () => {
  it('of files and folders, in pages and comments, are of some that exist', () => {
    const read = files.filter((file) => /\.(md|ts|mjs|h|cc)$/.test(file) && paths.has(file));
    assert.ok(read.length > 500);
    assert.deepEqual(read.flatMap(missing), []);
  });
});
