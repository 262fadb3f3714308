import { Command } from 'commander';
import { printable } from '../core/printable.ts';
import { type Comparison, compareResults } from '../documents/compare.ts';
import { readResults } from '../documents/read-results.ts';
import { formatComparison } from './comparison-table.ts';
import { ExitCode, UsageError } from './exit.ts';
import { optionWithDefault, parsePercent } from './values.ts';

interface CompareFlags {
  baseline?: string[];
  maxRegression: number;
  json?: true;
}

const help = `
Examples:
  pmd-bench compare before.json after.json
  pmd-bench compare after-*.json --baseline before-*.json --max-regression 3

Of each figure, the medians of both sides are shown, the change (the median of the ratios of all pairs of runs), and where
the true one lies, with 95 % confidence by ranks: that needs four runs on each side. A change that is not certain is no
regression. One run on each side has no spread, and counts as it is.

Exit codes:
  0  no figure got worse by more than --max-regression
  1  at least one did
  2  the command line is wrong, or a file is no result, or results can't be compared`;

/** `pmd-bench compare`. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('compare results (of --json) with earlier ones: better, worse, or a regression')
    .argument('<file...>', 'without --baseline: the result before, and the one after; with it: results after')
    .option('--baseline <file...>', 'results before')
    .addOption(
      optionWithDefault(
        '--max-regression <percent>',
        'that a figure may get worse by',
        parsePercent(0, 1000),
        '5',
      ),
    )
    .option('--json', 'write one JSON document to stdout, and nothing else')
    .addHelpText('after', help)
    .action(runCompare);
}

async function runCompare(files: string[], { baseline, maxRegression, json }: CompareFlags): Promise<void> {
  const { before, after } = sidesOf(files, baseline);
  const comparison = compareResults(await readResults(before), await readResults(after), maxRegression);
  process.stdout.write(textOf(comparison, json));
  process.exitCode = comparison.regression ? ExitCode.failure : ExitCode.ok;
}

function sidesOf(files: string[], baseline: string[] | undefined): { before: string[]; after: string[] } {
  if (baseline !== undefined) return { before: baseline, after: files };
  const [before, after] = files;
  if (files.length === 2) return { before: [before!], after: [after!] };
  throw new UsageError(
    `give two results, before and after: ${files.length} are given; more of either go with --baseline`,
  );
}

function textOf(comparison: Comparison, json: true | undefined): string {
  return json
    ? `${printable(JSON.stringify(comparison, null, 2))}\n`
    : formatComparison(comparison, process.stdout);
}
