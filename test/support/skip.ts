/** Skips the test, or all that a hook prepares, and puts the reason into its title: the run ends with a list of those. */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.runnable();
  const isHook = (runnable as Mocha.Hook).type === 'hook';
  (isHook ? runnable.parent! : runnable).title += ` [${reason}]`;
  context.skip();
}
