// Who imports whom, types included: `npx depcruise src test bench examples scripts`; test/unit/layers.test.ts runs it.

/** Layers of src/, from the bottom up: "The house" in docs/design.md. A folder imports from layers below its own. */
export const layers = [
  ['core'],
  ['net'],
  ['programs'],
  ['devices'],
  ['pcap', 'lab'],
  ['traffic'],
  ['pacing'],
  ['results'],
  ['trials'],
  ['measure'],
  ['documents'],
  ['report'],
  ['cli'],
];

const folders = layers.flat();
const anyOf = (names) => `(${names.join('|')})`;

/** What is used from without: the package's exports and its command. */
const entries = '^src/(index|net/index|devices/index|pcap/index|lab/index|cli/main)\\.ts$';

/** Each folder's rule: nothing of src/ but itself and what is below. */
const arrows = layers.flatMap((layer, level) =>
  layer.map((folder) => ({
    name: `${folder}-imports-from-below`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { path: '^src/', pathNot: `^src/${anyOf([folder, ...layers.slice(0, level).flat()])}/` },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...arrows,
    {
      name: 'every-folder-has-a-layer',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(index\\.ts$|${anyOf(folders)}/)` },
      to: {},
    },
    {
      name: 'the-public-api-is-core-net-and-programs',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { pathNot: '^src/(core/|programs/|net/index\\.ts$)' },
    },
    {
      name: 'net-needs-no-addon',
      severity: 'error',
      from: { path: '^src/net/index\\.ts$' },
      to: { path: '^src/core/(native|load-addon)\\.ts$', reachable: true },
    },
    {
      name: 'only-core-and-programs-know-the-addon',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(core|programs)/' },
      to: { path: '^src/core/(native|load-addon)\\.ts$' },
    },
    {
      name: 'only-cli-knows-the-command-line',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/commander' },
    },
    {
      name: 'nothing-unused',
      severity: 'error',
      from: { path: entries },
      to: { path: '^src/', pathNot: entries, reachable: false },
    },
    { name: 'no-broken-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'ships-with-its-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
