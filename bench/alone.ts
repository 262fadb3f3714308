// alone NAME CONTEXT: runs one comparison, and sends its figures to the process that started it.
import type { BenchContext } from './comparison.ts';
import { comparisons } from './comparisons/index.ts';

const [name, context] = process.argv.slice(2);
const comparison = comparisons.find((one) => one.name === name)!;
const told = JSON.parse(context!) as Omit<BenchContext, 'report'>;
await comparison.run({ ...told, report: (figure) => process.send!(figure) });
process.disconnect();
