import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderDeb822 } from '../../../src/lab/apt-sources.ts';
import { readMachineSources } from '../../../src/lab/private-apt.ts';
import { run } from '../../../src/lab/process.ts';

const root = join(import.meta.dirname, '../../../build-corpora');

/** Debian's sources of a package, unpacked as far as they are captures; kept for the next run. */
export async function capturesOf(name: string): Promise<string[]> {
  const directory = join(root, name);
  const found = await filesIn(directory);
  if (found.length > 0) return found;
  const archive = await download(name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const patterns = ['*.pcap', '*.pcapng', '*.cap', '*.ntar', '*.pcap.gz', '*.pcapng.gz', '*.cap.gz'];
  // tar fails where a pattern matches nothing, too.
  await run('tar', ['-xf', archive, '-C', directory, '--wildcards', ...patterns]);
  return await filesIn(directory);
}

/** The archive of the authors, which apt has checked. */
async function download(name: string): Promise<string> {
  const folder = join(root, 'packages', name);
  await mkdir(folder, { recursive: true });
  const configuration = await configure();
  const env = { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' };
  await run('apt-get', ['-q', 'update'], { env });
  const { stderr } = await run('apt-get', ['-q', 'source', '--download-only', name], { env, cwd: folder });
  const archive = (await readdir(folder)).find((file) => /\.orig\.tar\.\w+$/.test(file));
  if (archive === undefined) throw new Error(`apt-get source ${name}: ${stderr.trim() || 'no archive came'}`);
  return join(folder, archive);
}

/** An apt of our own, of the machine's sources: it needs no root, and changes nothing. */
async function configure(): Promise<string> {
  const directory = join(root, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial', 'sources'])
    await mkdir(join(directory, part), { recursive: true });
  const sources = renderDeb822(await readMachineSources()).replaceAll(/^Types: deb$/gm, 'Types: deb-src');
  await writeFile(join(directory, 'sources', 'corpora.sources'), sources);
  const configuration = join(directory, 'apt.conf');
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(directory, 'sources'),
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::Cache': join(directory, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  await writeFile(configuration, lines.join(''));
  return configuration;
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
