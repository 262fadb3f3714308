import { Command } from 'commander';
import { readResults } from '../documents/read-results.ts';
import { renderReport } from '../report/page.ts';
import { ExitCode, fail } from './exit.ts';
import { checkFiles } from './files.ts';
import { openSink } from './sink.ts';

interface ReportFlags {
  output: string;
  baseline?: string[];
  title?: string;
}

const help = `
Examples:
  pmd-bench report a.json --output a.html
  pmd-bench report today/*.json --baseline yesterday.json --output report.html

Exit codes:
  0  the page is written
  1  the page could not be written
  2  the command line is wrong, or a file is no result`;

/** `pmd-bench report`. */
export function reportCommand(): Command {
  return new Command('report')
    .description('make an HTML page with plots of results: of --json, or of --ndjson')
    .argument('<file...>', 'results; - is stdin')
    .requiredOption('--output <file>', 'the page; - is stdout')
    .option('--baseline <file...>', 'results to show the others against')
    .option('--title <text>', 'of the page; default: what was measured')
    .addHelpText('after', help)
    .action(runReport);
}

async function runReport(files: string[], { output, baseline = [], title }: ReportFlags): Promise<void> {
  const [documents, before] = await Promise.all([readResults(files), readResults(baseline)]);
  checkFiles(
    [...files, ...baseline].map((path) => ({ what: 'a result', path })),
    [{ what: '--output', path: output }],
  );
  const sink = openSink(output);
  sink.write(renderReport(documents, { baseline: before, title }));
  const failure = sink.close();
  if (failure !== undefined) fail(failure, ExitCode.failure);
}
