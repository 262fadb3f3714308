import { setFlagsFromString } from 'node:v8';

/** Has V8 compile in this thread from here on: on a busy machine a thread beside it may come too late for a test of garbage. */
export function compileInPlace(): void {
  setFlagsFromString('--no-concurrent-recompilation');
}
