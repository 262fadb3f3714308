import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [src, dist] = [join(root, 'src'), join(root, 'dist')];

/** The first module of src/ that is not in dist/ as it is now. */
function findStale(): string | undefined {
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return sources.find((name) => {
    const output = join(dist, name.replace(/ts$/, 'js'));
    return !existsSync(output) || statSync(output).mtimeMs < statSync(join(src, name)).mtimeMs;
  });
}

let checked = false;

/** A module of src/ as it was compiled: a program of it starts three times as fast as through a loader. */
export function compiled(module: string): string {
  if (!checked) {
    const stale = findStale();
    if (stale !== undefined) throw new Error(`dist/ is older than src/${stale}: npm run build:ts`);
    checked = true;
  }
  return join(dist, module.replace(/^src\//, '').replace(/ts$/, 'js'));
}
