import { until } from './until.ts';

/** The messages of the warnings with this code that are given while `body` runs. */
export async function warnings(code: string, body: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const listener = (warned: Error & { code?: string }): void => {
    if (warned.code === code) seen.push(warned.message);
  };
  process.on('warning', listener);
  try {
    await body();
    let turns = 0;
    await until('warnings to be given', () => ++turns > 3);
  } finally {
    process.off('warning', listener);
  }
  return seen;
}
