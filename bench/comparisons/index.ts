import type { Comparison } from '../comparison.ts';
import { access } from './access.ts';
import { copies } from './copies.ts';
import { devices } from './devices.ts';
import { guest } from './guest.ts';
import { headers } from './headers.ts';
import { javascriptDrivers } from './javascript-drivers.ts';
import { language } from './language.ts';
import { latency } from './latency.ts';
import { life } from './life.ts';
import { operationsAlone } from './operations.ts';
import { packet } from './packet.ts';
import { programsInWasm } from './programs.ts';
import { scale } from './scale.ts';
import { tap } from './tap.ts';

export const comparisons: readonly Comparison[] = [
  language,
  access,
  headers,
  programsInWasm,
  operationsAlone,
  copies,
  javascriptDrivers,
  latency,
  scale,
  life,
  devices,
  packet,
  tap,
  guest,
];
