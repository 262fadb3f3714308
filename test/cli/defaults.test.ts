import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

describe('the defaults that --help shows', () => {
  for (const command of all(createProgram())) {
    for (const { long, parseArg, defaultValue, defaultValueDescription } of command.options) {
      if (defaultValue === undefined || parseArg === undefined) continue;
      it(`mean what they say when they are given: ${command.name()} ${long}`, () => {
        const value = typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue);
        const shown = defaultValueDescription ?? value;
        assert.deepEqual(parseArg(shown, undefined), defaultValue);
      });
    }
  }
});
