// What a release needs, short of publishing it. Each check gets the state of the repository and adds what it finds.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage } from './resolution.mjs';
import { inventory, ownLinks, promisedFiles, sizeLimit } from './tarball.mjs';
import { checkWorkflows } from './workflows.mjs';

const semver = /^(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?$/;

const git = (root, ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const read = (root, file) => readFileSync(join(root, file), 'utf8');

function checkVersion({ root, manifest, tag, findings }) {
  const { version } = manifest;
  if (!semver.test(version)) {
    return findings.fault(`package.json has the version ${version}`, 'write MAJOR.MINOR.PATCH');
  }
  const lock = JSON.parse(read(root, 'package-lock.json'));
  if (lock.version !== version || lock.packages[''].version !== version) {
    findings.fault(
      `package-lock.json has the version ${lock.version}, package.json ${version}`,
      'run npm install',
    );
  }
  if (tag !== undefined && tag !== `v${version}`) {
    findings.fault(
      `the tag ${tag} is not that of version ${version}`,
      `tag v${version}, or change package.json`,
    );
  }
}

function checkTags({ root, manifest, findings }) {
  const tags = git(root, 'tag', '--list').split('\n').filter(Boolean);
  for (const tag of tags.filter((name) => !semver.test(name.replace(/^v/, '')) || !name.startsWith('v'))) {
    findings.fault(`the tag ${tag} has not the form vMAJOR.MINOR.PATCH`, `git tag --delete ${tag}`);
  }
  const own = `v${manifest.version}`;
  if (!tags.includes(own)) return;
  if (git(root, 'rev-list', '-n', '1', own) !== git(root, 'rev-parse', 'HEAD')) {
    findings.fault(
      `${own} is another commit: this version was released`,
      'raise the version in package.json',
    );
  }
}

function checkTree({ root, findings }) {
  const changed = git(root, 'status', '--porcelain');
  if (changed !== '') findings.fault(`files differ from the commit:\n${changed}`, 'commit or remove them');
}

function checkChangelog({ root, manifest, findings }) {
  const [, version, note] = /^## (\S+) \(([^)]+)\)$/m.exec(read(root, 'CHANGELOG.md')) ?? [];
  if (version !== manifest.version) {
    return findings.fault(
      `CHANGELOG.md begins with ${version ?? 'no version'}, package.json has ${manifest.version}`,
      `write a section "## ${manifest.version} (YYYY-MM-DD)"`,
    );
  }
  if (note === 'unreleased') {
    findings.todo(`CHANGELOG.md calls ${version} unreleased`, 'write the day of the release there');
  } else if (!/^\d{4}-\d{2}-\d{2}$/.test(note)) {
    findings.fault(`CHANGELOG.md dates ${version} "${note}"`, 'write the day as YYYY-MM-DD');
  }
}

function checkOwner({ manifest, findings }) {
  for (const field of ['repository', 'homepage', 'bugs']) {
    if (manifest[field] === undefined) {
      findings.todo(`package.json has no ${field}`, 'fill it in: provenance needs the repository');
    }
  }
}

function checkContents({ root, manifest, tarball, findings }) {
  const has = new Set(tarball.files);
  const needed = [...promisedFiles(manifest), 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'];
  for (const file of needed.filter((name) => !has.has(name))) {
    findings.fault(`the tarball has no ${file}`, 'see exports, bin and files in package.json');
  }
  for (const file of tarball.files.filter((name) => /(^|\/)(test|bench|node_modules)\/|\.tgz$/.test(name))) {
    findings.fault(`the tarball has ${file}`, 'see files in package.json');
  }
  if (tarball.size >= sizeLimit) {
    findings.fault(
      `the tarball has ${tarball.size} bytes, of at most ${sizeLimit}`,
      'see what npm pack lists',
    );
  }
  for (const link of ownLinks(read(root, 'README.md')).filter((name) => !has.has(name))) {
    findings.fault(
      `README.md links to ${link}, which the tarball does not have`,
      'see files in package.json',
    );
  }
  for (const cpu of manifest.cpu) {
    if (!tarball.files.some((file) => file.startsWith(`prebuilds/${manifest.os[0]}-${cpu}/`))) {
      findings.todo(
        `the tarball has no prebuild for ${cpu}`,
        'build it on such a machine, as release.yml does',
      );
    }
  }
}

function checkInventory({ manifest, tarball, findings, sbom }) {
  const text = inventory(tarball.path);
  const listed = JSON.parse(text).components.map(({ name }) => name);
  for (const name of [manifest.name, ...Object.keys(manifest.dependencies)].filter(
    (name) => !listed.includes(name),
  )) {
    findings.fault(`the bill of materials lacks ${name}`, 'see what npm install brings with the tarball');
  }
  sbom(text);
}

function checkSecurity({ root, findings }) {
  const page = existsSync(join(root, 'SECURITY.md')) ? read(root, 'SECURITY.md') : '';
  for (const part of ['## Threat model', '## Report a vulnerability']) {
    if (!page.includes(part)) findings.fault(`SECURITY.md has no part "${part}"`, 'write it');
  }
}

/** In the order in which they are made; the later ones take longer. */
export const checks = [
  ['version', checkVersion],
  ['tags', checkTags],
  ['work tree', checkTree],
  ['changelog', checkChangelog],
  ['owner fields', checkOwner],
  ['security', checkSecurity],
  ['workflows', checkWorkflows],
  ['tarball', checkContents],
  ['bill of materials', checkInventory],
  ['resolution', checkPackage],
];
