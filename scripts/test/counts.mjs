// What a step's output says of its tests. Every program of the run says it in the same words:
//
//   failed: NAME [MESSAGE]
//   skipped: NAME [REASON]
//   N passed, N failed, N skipped

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0 });

/** @returns {Counts} */
export function sum(/** @type {Counts[]} */ all) {
  const total = noCounts();
  for (const counts of all) for (const key of Object.keys(total)) total[key] += counts[key];
  return total;
}

/** The line that a program ends with. */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** ctest --verbose puts the number of the test before each line of it. */
const withoutCtest = (output) => output.replaceAll(/^\d+: /gm, '');

/** Adds up what the programs of a step have counted. */
export function countLines(output) {
  const lines = withoutCtest(output).matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm);
  return sum(
    [...lines].map(([, passed, failed, skipped = 0]) => ({
      passed: Number(passed),
      failed: Number(failed),
      skipped: Number(skipped),
    })),
  );
}

/** What the programs of a step have said of each test that was `what`: failed or skipped. */
export function named(what, output) {
  const lines = withoutCtest(output).matchAll(new RegExp(`^${what}: (.+)$`, 'gm'));
  return [...lines].map(([, text]) => text);
}

/** How many programs ctest saw fail: one that died has counted nothing. */
export function ctestFailures(output) {
  return Number(output.match(/(\d+) tests failed out of/)?.[1] ?? 0);
}
