// Steps that need a build.
import { noCounts } from './counts.mjs';

/** The row of a step that was not run. */
function notRun({ name }, reason) {
  const counts = { ...noCounts(), skipped: 1 };
  return { step: name, counts, failed: [], skipped: [`all of it [${reason}]`], output: '', seconds: 0 };
}

/** Lets the steps run only when those were built that they need: what is left of an earlier build would prove nothing. */
export function withBuilds(run) {
  const broken = new Set();
  return async (step) => {
    const missing = step.needs?.find((name) => broken.has(name));
    const row = missing === undefined ? await run(step) : notRun(step, `${missing} failed`);
    if (!step.counts && row.counts.passed === 0) broken.add(step.name);
    return row;
  };
}
