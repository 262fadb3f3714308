import { decimal, group, rateUnit, withUnit } from '../results/figures.ts';
import type { EndedBy, Results } from '../results/results.ts';
import { renderTable, type Table } from './chart.ts';
import { html, type Markup } from './markup.ts';
import type { Run } from './model.ts';

const endings: Record<EndedBy, string> = {
  duration: 'for as long as it was told',
  packets: 'until all packets were through',
  done: 'until its work was done',
  signal: 'until it was interrupted',
  error: 'until an error',
};

/** What a run's ports moved, what it was told, and what it had to say. */
export function runSection({ label, isBaseline, results }: Run): Markup {
  const { command, startedAt, durationSeconds, endedBy, notices, error, options } = results;
  const lines = [...(error === null ? [] : [error.message]), ...notices.map(({ text }) => text)];
  return html`<section><h3>${label}</h3>
<p class="kicker">pmd-bench ${command}${isBaseline ? ', baseline' : ''}, ${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, ${decimal(durationSeconds, 2)} s ${endings[endedBy]}</p>
${renderTable(portTable(results), `Ports of ${label}`)}
${lines.length === 0 ? null : html`<ul class="notices">${lines.map((line) => html`<li>${line}</li>`)}</ul>`}
<details><summary>Options</summary><pre>${JSON.stringify(options, null, 2)}</pre></details>
</section>
`;
}

function portTable({ ports }: Results): Table {
  const count = (value: number | null) => (value === null ? 'unknown' : group(value));
  const rate = (pps: number) => withUnit(pps, rateUnit(pps));
  return {
    head: [
      'port',
      'received',
      'rate',
      'dropped',
      'missed',
      'filtered',
      'sent',
      'rate',
      'dropped',
      'undelivered',
    ],
    rows: ports.map((port) => [
      port.address,
      count(port.rxPackets),
      rate(port.rxPps),
      count(port.rxDropped),
      count(port.rxMissed),
      count(port.rxFiltered),
      count(port.txPackets),
      rate(port.txPps),
      count(port.txDropped),
      count(port.txUndelivered),
    ]),
  };
}

/** Where runs were measured; one column for all that were measured alike. */
export function environmentTable(runs: readonly Run[]): Markup {
  const columns = new Map<string, string[]>();
  for (const { label, results } of runs) {
    const key = JSON.stringify(Object.values(described(results)));
    columns.set(key, [...(columns.get(key) ?? []), label]);
  }
  const places = [...columns.values()].map(
    (labels) => runs.find(({ label }) => label === labels[0])!.results,
  );
  const rows = Object.keys(described(places[0]!)).map((name) => [
    name,
    ...places.map((results) => described(results)[name] ?? ''),
  ]);
  const head = ['', ...[...columns.values()].map((labels) => (columns.size === 1 ? '' : labels.join(', ')))];
  return html`<div class="words">${renderTable({ head, rows }, 'Environment')}</div>`;
}

function described({ environment }: Results): Record<string, string> {
  const { version, node, v8, arch, kernel, cpu, cpus, accelerator, pageSize, buses } = environment;
  return {
    'vfio-pmd': version,
    'Node.js': `${node}, V8 ${v8}`,
    Linux: `${kernel}, ${arch}`,
    CPU: `${cpu}, ${cpus} for this process`,
    accelerator: accelerator ?? 'unknown',
    'packet memory': `pages of ${pageSize / 1024} KiB`,
    buses: [...new Set(buses)].join(', '),
  };
}
