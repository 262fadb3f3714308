#!/usr/bin/env node
// Loaded at run time, so that a missing native binary is a line for people, too.
const { runProgram } = await import('./program.ts').catch((error: Error) => {
  process.stderr.write(`pmd-bench: ${error.message}\n`);
  process.exit(1);
});
await runProgram(process.argv);

export {};
