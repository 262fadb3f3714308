import { type Command, Option } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { loadScript } from '../measure/burst-script.ts';
import { Forwarder, type ForwardMode, forwardModes } from '../measure/forwarder.ts';
import { FrameProgram } from '../measure/frame-program.ts';
import { limitTx } from '../measure/tx-limit.ts';
import type { Rate } from '../pacing/rate.ts';
import { withAssertions } from './assertions.ts';
import { UsageError } from './exit.ts';
import { runTraffic } from './session.ts';
import { checkPorts, frameFilter, type TrafficFlags, trafficCommand, withFilter } from './traffic-command.ts';
import { collectMac, parseRate, rateForms } from './values.ts';

interface FwdFlags extends TrafficFlags {
  mode: ForwardMode;
  dst?: MacAddress[];
  script?: string;
  txRate?: Rate;
  filter?: string;
  program?: string;
}

/** `pmd-bench fwd`. */
export function fwdCommand(): Command {
  const command = trafficCommand(
    'fwd',
    'send what arrives at a port out of the other one, or back out of the same',
    [
      'pmd-bench fwd emu:a,peer=flood emu:b,peer=flood --duration 5s',
      'pmd-bench fwd 0000:01:10.0 0000:01:10.1',
      'pmd-bench fwd 0000:01:10.0 --mode macswap --json --packets 1000000',
      'pmd-bench fwd emu:a,peer=flood emu:b,peer=flood --script examples/script.ts --duration 5s',
    ],
  )
    .addOption(
      new Option(
        '--mode <mode>',
        "mac: to the far end's MAC, from the port's; macswap: exchange the two; io: leave them",
      )
        .choices(forwardModes)
        .default('mac'),
    )
    .option(
      '--dst <mac>',
      "mode mac: the far end's MAC; repeat it for each port; default: who last sent to the port",
      collectMac,
    )
    .option(
      '--script <file>',
      'a module (.js, or .ts where Node runs it) whose default export is called with each burst, before --mode',
    )
    .option(
      '--program <file.wasm>',
      'a WebAssembly program that is run over each burst, before --mode; what it sends to a port by number leaves as it is',
    )
    .option('--tx-rate <rate>', `what each port sends at most; the rest is dropped: ${rateForms}`, parseRate);
  return withAssertions(withFilter(command, 'forward'), ['minRate']).action(runFwd);
}

async function runFwd(addresses: string[], flags: FwdFlags): Promise<void> {
  checkPorts(addresses);
  if (addresses.length > 1 && addresses.length % 2 !== 0) {
    throw new UsageError(
      `ports forward in pairs, and ${addresses.length} are given: give one, or an even number`,
    );
  }
  const { burst: burstSize, mode, dst: destinations = [], script: file, filter: expression, txRate } = flags;
  const { program: wasm } = flags;
  const filter = frameFilter(expression);
  const script = file === undefined ? undefined : await loadScript(file);
  await runTraffic({
    command: 'fwd',
    addresses,
    flags,
    options: {
      mode,
      destinations,
      script: file ?? null,
      filter: expression ?? null,
      program: wasm ?? null,
      txRate: txRate ?? null,
    },
    forProgram: wasm !== undefined,
    createWork: async (pool, ports) => {
      if (txRate !== undefined) limitTx(ports, txRate);
      const program = wasm && (await FrameProgram.load(wasm, pool, ports.length, burstSize));
      return new Forwarder(pool, ports, {
        mode,
        burstSize,
        destinations,
        script,
        filter,
        program: program || undefined,
      });
    },
  });
}
