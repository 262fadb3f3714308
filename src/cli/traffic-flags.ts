import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Field } from '../traffic/fields.ts';
import { type TemplateName, templateNames } from '../traffic/header.ts';
import type { Sizes } from '../traffic/sizes.ts';
import { checkTraffic, type FrameSpec } from '../traffic/traffic.ts';
import { collectField, fieldForms } from './field-values.ts';
import { integer, parseOneMac } from './values.ts';

/** What frames are sent, beside their sizes. */
export interface FrameFlags {
  template: TemplateName;
  vlan?: Field;
  set?: Field[];
  flows?: number;
  seed: number;
}

const maxFlows = 1 << 24;

/** Adds the option of commands that send from one port to the other. */
export function withDestination(command: Command): Command {
  return command.option(
    '--dst <mac>',
    "where frames go: a router's MAC; default: the MAC of the port where they come out",
    parseOneMac,
  );
}

/** Adds the options that say what frames are made of. */
export function withFrameOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--template <name>', 'what frames are, with correct checksums')
        .choices(templateNames)
        .default('ethernet'),
    )
    .option('--vlan <id>', 'tag frames: 0 to 4095', parseVlan)
    .option(
      '--set <field>',
      `${fieldForms}; NAME: src-mac, dst-mac, vlan, src-ip, dst-ip, ttl, src-port, dst-port; repeat it`,
      collectField,
    )
    .option(
      '--flows <n>',
      'so many combinations of the fields, in turn; default: each frame has its own',
      integer(1, maxFlows),
    )
    .option('--seed <n>', 'of random fields', integer(0, 2 ** 31 - 1), 1);
}

function parseVlan(text: string): Field {
  try {
    return collectField(`vlan=${text}`)[0]!;
  } catch {
    throw new InvalidArgumentError('Use 0 to 4095.');
  }
}

/** The frames that the options ask for, in any of these sizes, of at most `longest` bytes. Refuses what can't be. */
export function framesOf(
  { template, vlan, set = [], flows, seed }: FrameFlags,
  sizes: readonly { sizes: Sizes }[],
  longest?: number,
): FrameSpec {
  const fields = vlan === undefined ? set : [vlan, ...set.filter(({ name }) => name !== 'vlan')];
  const frames = { template, fields, flows, seed };
  for (const one of sizes) checkTraffic({ ...frames, sizes: one.sizes }, longest);
  return frames;
}

/** For the results: what {@link framesOf} was given. */
export function frameOptions({ template, vlan, set = [], flows, seed }: FrameFlags): Record<string, unknown> {
  const fields = vlan === undefined ? set : [vlan, ...set];
  return {
    template,
    fields: fields.map(({ name, first, count, random }) => ({
      name,
      first: Buffer.from(first).toString('hex'),
      count,
      random,
    })),
    flows: flows ?? null,
    seed,
  };
}
