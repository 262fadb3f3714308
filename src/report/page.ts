import type { ResultDocument } from '../documents/read-results.ts';
import { backToBackTable } from './back-to-back.ts';
import { renderChart } from './chart.ts';
import { keyFigures } from './key-figures.ts';
import { html, Markup } from './markup.ts';
import { modelOf, type ReportModel } from './model.ts';
import { burstChart } from './plot-bursts.ts';
import { latencyChart } from './plot-latency.ts';
import { lossChart } from './plot-loss.ts';
import { rateChart } from './plot-rates.ts';
import { throughputChart } from './plot-throughput.ts';
import { environmentTable, runSection } from './run-section.ts';
import { styleSheet } from './style.ts';

export interface ReportOptions {
  /** Results to show the others against. */
  baseline?: readonly ResultDocument[];
  title?: string | undefined;
}

/** One HTML page about results: plots as SVG, their figures as tables, and nothing that is loaded from anywhere. */
export function renderReport(documents: readonly ResultDocument[], options: ReportOptions = {}): string {
  const model = modelOf(documents, options.baseline);
  const title = options.title ?? titleOf(model);
  // The style sheet is the program's own, and has nothing of the documents.
  const style = new Markup(`<style>${styleSheet}</style>`);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
${style}
</head>
<body>
<main>
<header>
<p class="kicker">pmd-bench</p>
<h1>${title}</h1>
<p>${summaryOf(model)}</p>
</header>
${keyFigures(model.runs)}
${chartsOf(model).map(renderChart)}
${backToBackTable(model)}
<h2>Runs</h2>
${model.runs.map(runSection)}
<h2>Environment</h2>
${environmentTable(model.runs)}
<footer>Made by pmd-bench of vfio-pmd ${model.runs[0]!.results.environment.version} from its JSON documents. Rates are frames per second; bytes are without the FCS unless it says otherwise.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

function chartsOf(model: ReportModel) {
  const charts = [
    throughputChart(model),
    latencyChart(model),
    lossChart(model),
    ...model.rates.map(rateChart),
    ...model.bursts.map(burstChart),
  ];
  return charts.flatMap((chart) => chart ?? []);
}

/** A map, because a document may name anything a command. */
const nouns = new Map(
  Object.entries({
    fwd: 'Forwarding',
    tx: 'Transmission',
    rx: 'Reception',
    latency: 'Latency',
    throughput: 'Throughput',
    capture: 'Capture',
    replay: 'Replay',
    loss: 'Frame loss',
    burst: 'Back-to-back frames',
    echo: 'Echo',
  }),
);

function titleOf({ runs }: ReportModel): string {
  const commands = new Set(
    runs.filter(({ isBaseline }) => !isBaseline).map(({ results }) => results.command),
  );
  const [first, ...rest] = [...commands].map((command) => nouns.get(command) ?? command);
  const others = rest.map((noun) => noun.toLowerCase());
  const last = others.pop();
  return last === undefined ? first! : `${[first, ...others].join(', ')} and ${last}`;
}

function summaryOf({ runs }: ReportModel): string {
  const [{ results }] = runs as [ReportModel['runs'][number]];
  const { cpu, kernel, node, buses } = results.environment;
  const count = runs.length === 1 ? '' : `${runs.length} runs · `;
  return `${count}${results.startedAt.slice(0, 10)} · ${cpu} · Linux ${kernel} · Node ${node} · ${[...new Set(buses)].join(', ')}`;
}
