// In which order steps run, and which of them side by side.

/** A suite, and a guest or a build beside it. */
const lanes = 2;

/** Whether a step makes anew what another one makes or needs. */
const disturbs = (step, other) =>
  step.remakes?.some((name) =>
    [other.name, ...(other.needs ?? []), ...(other.remakes ?? [])].includes(name),
  ) === true;

/**
 * Runs steps, as many at once as there are lanes: always the first of those that can. A step waits for those that it `needs` or
 * is `after`, as far as they were chosen; and runs beside none at all if it wants the machine `alone`. One that `remakes` what others make runs beside
 * none that needs it.
 *
 * @template {{ name: string, needs?: string[], after?: string[], remakes?: string[], alone?: boolean }} Step
 * @template Row
 * @param {Step[]} steps
 * @param {(step: Step) => Promise<Row>} run
 * @returns {Promise<Row[]>} In the order in which they ended.
 */
export async function schedule(steps, run) {
  const waiting = [...steps];
  const running = new Map();
  const rows = [];
  const isOver = (name) => !running.has(name) && !waiting.some((step) => step.name === name);
  const canRun = (step) => {
    const others = [...running.values()].map(({ step: other }) => other);
    if (others.length >= lanes || others.some(({ alone }) => alone)) return false;
    if (step.alone && others.length > 0) return false;
    if (![...(step.needs ?? []), ...(step.after ?? [])].every(isOver)) return false;
    return !others.some((other) => disturbs(step, other) || disturbs(other, step));
  };
  while (waiting.length + running.size > 0) {
    for (let step = waiting.find(canRun); step !== undefined; step = waiting.find(canRun)) {
      waiting.splice(waiting.indexOf(step), 1);
      const { name } = step;
      running.set(name, { step, ended: run(step).then((row) => ({ name, row })) });
    }
    const { name, row } = await Promise.race([...running.values()].map(({ ended }) => ended));
    running.delete(name);
    rows.push(row);
  }
  return rows;
}
