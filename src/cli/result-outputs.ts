import { type Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../core/printable.ts';
import { csvHeader, csvInterval, csvTotal } from '../documents/csv.ts';
import { formatHgrm } from '../documents/hgrm.ts';
import { type Interval, type Notice, type ResultLine, type Results, schemaName } from '../results/results.ts';
import { ExitCode, fail } from './exit.ts';
import { checkFiles, isStdout, type NamedFile, standardStream } from './files.ts';
import { openSink, type Sink } from './sink.ts';

/** The forms in which a result is written beside the table for people. */
export interface OutputFlags {
  json?: true;
  ndjson?: true;
  /** A file; true and `-` are stdout. */
  csv?: string | true;
  hgrm?: string;
  report?: string;
}

interface Format {
  flag: keyof OutputFlags;
  begin?(): string;
  interval?(interval: Interval): string;
  notice?(notice: Notice): string;
  end(results: Results): string | Promise<string>;
}

const formats: readonly Format[] = [
  { flag: 'json', end: (results) => `${printable(JSON.stringify(results, null, 2))}\n` },
  {
    flag: 'ndjson',
    interval: (interval) => lineOf({ schema: schemaName, interval }),
    notice: (notice) => lineOf({ schema: schemaName, notice }),
    end: (results) => `${printable(JSON.stringify(results))}\n`,
  },
  { flag: 'csv', begin: csvHeader, interval: csvInterval, end: csvTotal },
  { flag: 'hgrm', end: ({ details: { latency } }) => (latency === undefined ? '' : formatHgrm(latency)) },
  {
    flag: 'report',
    end: async (results) => {
      const { renderReport } = await import('../report/page.ts');
      return renderReport([{ file: '', results }]);
    },
  },
];

function lineOf(line: ResultLine): string {
  return `${printable(JSON.stringify(line))}\n`;
}

/** Adds the options of all measuring commands. */
export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'write one JSON document to stdout, and nothing else')
    .option('--ndjson', 'write a line of JSON to stdout for each interval, then the document')
    .addOption(
      new Option(
        '--csv [file]',
        'write a row for each port and interval; without a file to stdout',
      ).argParser(notAPort),
    )
    .option('--report <file>', 'write an HTML page with plots');
}

/** Adds the option of commands that measure latencies. */
export function addHgrmOption(command: Command): Command {
  return command.option(
    '--hgrm <file>',
    "write the latencies (those of the first load) as HdrHistogram's percentile distribution",
  );
}

/** An option whose file may be missing reads what follows as its file: here that is a port. */
function notAPort(text: string): string {
  if (!/^(emu|[0-9a-f]{4}:[0-9a-f]{2}):/i.test(text)) return text;
  throw new InvalidArgumentError('That is a port: write --csv=FILE, or --csv last for stdout.');
}

/** All that is written of a run in other forms than for people. */
export class ResultOutputs {
  /** Whether stdout is in use, and so not for people. */
  readonly usesStdout: boolean;
  readonly #open: { format: Format; sink: Sink }[] = [];

  /**
   * Opens all files, or none. Throws before anything changes.
   *
   * @param others Files of the command itself.
   */
  constructor(
    flags: OutputFlags,
    { reads = [], writes = [] }: { reads?: readonly NamedFile[]; writes?: readonly NamedFile[] } = {},
  ) {
    const wanted = formats.flatMap((format) => {
      const value = flags[format.flag];
      if (value === undefined) return [];
      return [{ format, path: value === true ? standardStream : value }];
    });
    const all = [...writes, ...wanted.map(({ format, path }) => ({ what: `--${format.flag}`, path }))];
    checkFiles(reads, all);
    this.usesStdout = all.some(({ path }) => isStdout(path));
    try {
      for (const { format, path } of wanted) this.#open.push({ format, sink: openSink(path) });
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  begin(): void {
    this.#write((format) => format.begin?.());
  }

  interval(interval: Interval): void {
    this.#write((format) => format.interval?.(interval));
  }

  notice(notice: Notice): void {
    this.#write((format) => format.notice?.(notice));
  }

  #write(textOf: (format: Format) => string | undefined): void {
    for (const { format, sink } of this.#open) {
      const text = textOf(format);
      if (text !== undefined) sink.write(text);
    }
  }

  /** Each that could not be written has its line on stderr, and the others are whole. */
  async end(results: Results): Promise<void> {
    for (const { format, sink } of this.#open.splice(0)) {
      sink.write(await format.end(results));
      const failure = sink.close();
      if (failure !== undefined) fail(failure, ExitCode.failure);
    }
  }

  /** What is open still is left as it was. */
  abandon(): void {
    for (const { sink } of this.#open.splice(0)) sink.abandon();
  }
}
