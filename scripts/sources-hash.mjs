// Prints a hash of everything under native/, which both builds bake into the addon: so a test can tell that two addons,
// or an addon and the sources, belong together.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const hash = createHash('sha256');
for (const entry of readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile())
  .map((file) => join(file.parentPath, file.name))
  .sort()) {
  hash.update(entry.slice(root.length)).update('\0').update(readFileSync(entry)).update('\0');
}
console.log(hash.digest('hex').slice(0, 16));
