// The tarball that would be published.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One tarball holds the prebuilds of every platform; a larger one would have to be split (docs/decisions.md). */
export const sizeLimit = 2e6;

const npm = (cwd, ...args) =>
  execFileSync('npm', [...args, '--loglevel', 'error'], { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });

/** Goes with the process. */
function scratch() {
  const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-release-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Runs `npm pack`, which builds dist/ and prebuilds/ first unless they are `built`. The tarball goes with the process.
 * @returns {{ path: string, size: number, files: string[] }}
 */
export function pack(root, { built = false } = {}) {
  const destination = scratch();
  const options = built ? ['--ignore-scripts'] : [];
  const output = npm(root, 'pack', '--json', '--pack-destination', destination, ...options);
  const [report] = JSON.parse(output.slice(output.indexOf('[')));
  return {
    path: join(destination, report.filename),
    size: report.size,
    files: report.files.map(({ path }) => path).sort(),
  };
}

/** All that comes with the package when somebody installs it, as a bill of materials (CycloneDX, JSON). */
export function inventory(tarball) {
  const project = scratch();
  writeFileSync(
    join(project, 'package.json'),
    '{ "name": "program", "version": "1.0.0", "private": true }\n',
  );
  npm(project, 'install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', tarball);
  return npm(project, 'sbom', '--sbom-format', 'cyclonedx', '--package-lock-only');
}

/** What a page of Markdown links to or shows of the repository itself. */
export function ownLinks(markdown) {
  return [...markdown.matchAll(/\]\(([^)#\s]+)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, image]) => link ?? image)
    .filter((link) => !/^https?:/.test(link));
}

/** Every file that a manifest promises: entry points, types, programs. */
export function promisedFiles(manifest) {
  const files = Object.values(manifest.bin ?? {});
  const walk = (entry) => {
    if (typeof entry === 'string') files.push(entry);
    else for (const value of Object.values(entry)) walk(value);
  };
  walk(manifest.exports);
  return files.map((file) => file.replace(/^\.\//, ''));
}
