// Only what would otherwise wait for ever ends at the limit: see test/support/limits.ts.
const slowness = Number(process.env.PMD_SLOWNESS ?? 1);

module.exports = {
  'node-option': ['import=tsx', 'expose-gc'],
  require: ['./test/support/hooks.ts'],
  timeout: 300_000 * slowness,
};
