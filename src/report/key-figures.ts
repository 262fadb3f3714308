import { figureOf, type Metric, metricsOf } from '../documents/metrics.ts';
import { html, type Markup } from './markup.ts';
import type { Run } from './model.ts';

const mostFigures = 6;

/** What each run found, at a glance; against the baseline where it has the same. */
export function keyFigures(runs: readonly Run[]): Markup | null {
  const shown = runs.filter(({ isBaseline }) => !isBaseline);
  const baselines = runs.filter(({ isBaseline }) => isBaseline);
  const each = Math.max(1, Math.floor(mostFigures / shown.length));
  const figures = shown.slice(0, mostFigures).flatMap((run) =>
    metricsOf(run.results)
      .slice(0, Math.min(4, each))
      .flatMap((metric) => {
        if (metric.value === null) return [];
        const { value, unit } = figureOf(metric.unit, metric.value);
        const notes = [...(shown.length > 1 ? [run.label] : []), ...againstBaseline(metric, run, baselines)];
        return html`<div><dt>${metric.name}</dt><dd>${value} <small>${unit}</small>${notes.map((note) => html`<span class="note">${note}</span>`)}</dd></div>`;
      }),
  );
  return figures.length === 0 ? null : html`<dl class="figures">${figures}</dl>`;
}

/** With one baseline: with several, no figure is the one. */
function againstBaseline({ name, value }: Metric, { results }: Run, baselines: readonly Run[]): string[] {
  const same = baselines.filter((baseline) => baseline.results.command === results.command);
  if (same.length !== 1) return [];
  const before = metricsOf(same[0]!.results).find((metric) => metric.name === name)?.value;
  if (before === undefined || before === null || before === 0 || value === null) return [];
  const percent = 100 * (value / before - 1);
  if (!Number.isFinite(percent)) return []; // beside a baseline of next to nothing
  return [`${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} % against the baseline`];
}
