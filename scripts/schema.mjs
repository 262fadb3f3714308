// Writes the JSON schemas of what pmd-bench writes, from the types of the sources and their comments: `npm run schema`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const root = join(import.meta.dirname, '..');

/** A file in schema/: the type of its documents, and types that are found in its `$defs` beside. */
const schemas = [
  {
    file: 'pmd-bench-1.json',
    source: 'src/results/results.ts',
    title:
      'A result of pmd-bench (--json, and the last line of --ndjson); other lines of --ndjson are a ResultLine',
    types: ['Results', 'ResultLine'],
  },
  {
    file: 'pmd-bench-compare-1.json',
    source: 'src/documents/compare.ts',
    title: 'What pmd-bench compare --json writes',
    types: ['Comparison'],
  },
  {
    file: 'pmd-bench-devices-1.json',
    source: 'src/devices/model.ts',
    title: 'What pmd-bench devices --json writes',
    types: ['DeviceList'],
  },
  {
    file: 'pmd-bench-doctor-1.json',
    source: 'src/devices/diagnose.ts',
    title: 'What pmd-bench doctor --json writes',
    types: ['Diagnosis'],
  },
];

/** The schemas' texts by file name. */
export function generateSchemas() {
  return new Map(schemas.map((schema) => [schema.file, `${JSON.stringify(generate(schema), null, 2)}\n`]));
}

function generate({ file, source, title, types }) {
  const generator = createGenerator({
    path: join(root, source),
    tsconfig: join(root, 'tsconfig.json'),
    expose: 'export',
    jsDoc: 'extended',
    // Fields are added in time, and a document that has them is still one.
    additionalProperties: true,
    // tsc has been there.
    skipTypeCheck: true,
  });
  const definitions = Object.assign({}, ...types.map((type) => generator.createSchema(type).definitions));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `vfio-pmd/schema/${file}`,
    title,
    $ref: `#/$defs/${types[0]}`,
    $defs: moved(definitions),
  };
}

/** Draft 7's `definitions` are `$defs` since 2019-09. */
function moved(definitions) {
  return JSON.parse(JSON.stringify(definitions).replaceAll('"#/definitions/', '"#/$defs/'));
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of generateSchemas()) writeFileSync(join(root, 'schema', file), text);
}
