import assert from 'node:assert/strict';
import fc from 'fast-check';
import { schedule } from '../../scripts/test/schedule.mjs';

interface Step {
  name: string;
  needs: string[];
  after: string[];
  remakes: string[];
  alone: boolean;
}

const step = (name: string, options: Partial<Step> = {}): Step => ({
  name,
  needs: [],
  after: [],
  remakes: [],
  alone: false,
  ...options,
});

/** Runs steps that end when told, in the order of `ends`; returns what ran at each beginning, the one that begins last. */
async function play(steps: Step[], pick: (running: string[]) => number): Promise<string[][]> {
  const running = new Map<string, () => void>();
  const begun: string[][] = [];
  const end = () => {
    const names = [...running.keys()];
    const name = names[pick(names)]!;
    running.get(name)!();
    running.delete(name);
  };
  const rows = await schedule(steps, async ({ name }: Step) => {
    begun.push([...running.keys(), name]);
    const ended = new Promise<void>((resolve) => running.set(name, resolve));
    setImmediate(end); // when all that can has begun
    await ended;
    return name;
  });
  assert.deepEqual([...rows].sort(), steps.map(({ name }) => name).sort());
  return begun;
}

const first = () => 0;

describe('the order of the steps', () => {
  it('keeps two lanes busy with the first steps that can run', async () => {
    const steps = [step('a'), step('b', { needs: ['a'] }), step('c'), step('d')];
    assert.deepEqual(await play(steps, first), [['a'], ['a', 'c'], ['c', 'b'], ['b', 'd']]);
  });

  it('does not wait for a step that was not chosen', async () => {
    assert.deepEqual(await play([step('b', { needs: ['a'], after: ['z'] })], first), [['b']]);
  });

  it('runs a step that wants the machine alone when nothing else runs', async () => {
    const steps = [step('a'), step('alone', { alone: true }), step('b')];
    assert.deepEqual(await play(steps, first), [['a'], ['a', 'b'], ['alone']]);
  });

  it('keeps a step that makes something anew from those that need it, which may run side by side', async () => {
    const user = { needs: ['made'] };
    const steps = [
      step('made'),
      step('a', user),
      step('again', { remakes: ['made'] }),
      step('b', user),
      step('c'),
    ];
    assert.deepEqual(await play(steps, first), [['made'], ['made', 'c'], ['c', 'a'], ['a', 'b'], ['again']]);
  });

  it('breaks none of these rules, whatever the steps, and runs each of them once', async () => {
    const any = fc.integer({ min: 1, max: 8 }).chain((count) => {
      const names = Array.from({ length: count }, (_, i) => `s${i}`);
      return fc.tuple(
        ...names.map((name, i) =>
          fc.record({
            name: fc.constant(name),
            needs: fc.subarray(names.slice(0, i)),
            after: fc.subarray(names.slice(0, i)),
            remakes: fc.subarray(names.slice(0, i)),
            alone: fc.boolean(),
          }),
        ),
      );
    });
    await fc.assert(
      fc.asyncProperty(any, fc.infiniteStream(fc.nat()), async (steps, picks) => {
        const byName = new Map(steps.map((one) => [one.name, one]));
        const over = new Set<string>();
        let before: string[] = [];
        const begun = await play(steps, (names) => picks.next().value % names.length);
        for (const names of begun) {
          for (const name of before) if (!names.includes(name)) over.add(name);
          before = names;
          const running = names.map((name) => byName.get(name)!);
          assert.ok(running.length <= 2);
          const [begins, other] = [running.at(-1)!, running.length > 1 ? running[0] : undefined];
          for (const name of [...begins.needs, ...begins.after]) assert.ok(over.has(name));
          if (other === undefined) continue;
          assert.ok(!other.alone && !begins.alone);
          for (const [one, two] of [
            [begins, other],
            [other, begins],
          ] as const) {
            const uses = [two.name, ...two.needs, ...two.remakes];
            assert.ok(!one.remakes.some((name) => uses.includes(name)));
          }
        }
      }),
    );
  });
});
