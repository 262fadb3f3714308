// Only the worker loads the addon, so it is unloaded when the worker ends, in so far as it can be.
import { Worker } from 'node:worker_threads';

new Worker(new URL('./import.mjs', import.meta.url)).on('exit', (code) => {
  process.exitCode = code;
});
