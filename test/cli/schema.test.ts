import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSchemas } from '../../scripts/schema.mjs';
import type { Results } from '../../src/results/results.ts';
import { packageRoot, runPmdBench } from './support/child.ts';
import { assertResults, readSchema, validatorOf } from './support/schema.ts';

const flood = 'emu:a,peer=flood';
const wire = ['emu:s,rate=10k', 'emu:s'];

/** A short run of each measuring command, in an order in which files exist when they are read. */
const runs: Record<string, (file: string) => string[]> = {
  fwd: () => [flood, 'emu:b,peer=flood', '--duration', '100ms'],
  tx: () => [flood, '--rate', '10k', '--duration', '100ms'],
  rx: () => [flood, '--packets', '5000'],
  latency: () => ['emu:s', 'emu:s', '--duration', '200ms'],
  throughput: () => [...wire, '--frame-sizes', '64', '--trial', '50ms', '--sum', '50ms', '--width', '20'],
  loss: () => [...wire, '--frame-sizes', '64', '--rates', '5k', '--trial', '50ms'],
  burst: () => [
    'emu:s',
    'emu:s',
    '--frame-sizes',
    '64',
    '--longest',
    '1ms',
    '--repeat',
    '1',
    '--settle',
    '50ms',
  ],
  echo: () => ['emu:s', '--ip', '10.0.0.1', '--duration', '100ms'],
  capture: (file) => [flood, file, '--packets', '100'],
  replay: (file) => [file, flood, '--flat-out'],
};
/** Commands that measure nothing. */
const changes = ['vfs', 'bind', 'unbind', 'hugepages'];
const others = ['devices', 'doctor', 'compare', 'report', 'lab', 'help', ...changes];

/** Fields that readers of any version count on. */
const required = ['schema', 'command', 'options', 'environment', 'durationSeconds', 'ports'];
const requiredOfPorts = [
  'address',
  ...['rxPackets', 'rxBytes', 'rxDropped', 'txPackets', 'txBytes', 'txDropped', 'rxPps', 'txPps'],
];
const requiredOfPercentiles = ['min', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max', 'samples'];

describe('the JSON schema', () => {
  it('is what the types say: else `npm run schema`', () => {
    for (const [file, text] of generateSchemas())
      assert.equal(readFileSync(join(packageRoot, 'schema', file), 'utf8'), text, file);
  });

  it('requires what readers count on', () => {
    const { $defs } = readSchema('pmd-bench-1.json');
    const missing = (type: string, fields: string[]) =>
      fields.filter((field) => !$defs[type].required.includes(field));
    assert.deepEqual(missing('Results', [...required, 'cyclesPerPacket', 'gc', 'intervals']), []);
    assert.deepEqual(missing('PortResult', requiredOfPorts), []);
    assert.deepEqual(missing('PortCounts', requiredOfPorts), []);
    assert.deepEqual(missing('Percentiles', requiredOfPercentiles), []);
    const environment = ['version', 'node', 'cpu', 'kernel', 'buses', 'pageSize', 'accelerator'];
    assert.deepEqual(missing('Environment', environment), []);
  });
});

describe('the JSON document', () => {
  let directory = '';
  const documents = new Map<string, Results>();
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'pmd-schema-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('has a run below of each command', async () => {
    const { stdout } = await runPmdBench(['--help']);
    const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) /gm)].map(
      ([, name]) => name!,
    );
    assert.ok(commands.includes('fwd'));
    assert.deepEqual(
      commands.filter((name) => !others.includes(name) && runs[name] === undefined),
      [],
    );
  });

  for (const [command, args] of Object.entries(runs)) {
    it(`of ${command} is as the schema says`, async () => {
      const file = join(directory, 'frames.pcapng');
      const { code, stdout, stderr } = await runPmdBench([command, ...args(file), '--json']);
      assert.equal(code, 0, stderr);
      const document = JSON.parse(stdout) as Results;
      assertResults(document);
      assert.equal(document.command, command);
      documents.set(command, document);
    });
  }

  it('says how many packets bursts had', () => {
    const { burstSizes, packetsPerBurst, ports } = documents.get('rx')!;
    const sizes = Object.entries(burstSizes).map(([packets, bursts]) => [Number(packets), bursts] as const);
    const packets = sizes.reduce((sum, [size, bursts]) => sum + size * bursts, 0);
    const bursts = sizes.reduce((sum, [, count]) => sum + count, 0);
    assert.equal(packets, ports[0]!.rxPackets);
    assert.equal(packets / bursts, packetsPerBurst);
  });

  it('has the latency where it is taken, and nowhere else', () => {
    const { latencyNanoseconds, details } = documents.get('latency')!;
    assert.ok(latencyNanoseconds!.samples > 0);
    assert.deepEqual(latencyNanoseconds, details.latency!.latencyNanoseconds);
    assert.equal(documents.get('fwd')!.latencyNanoseconds, null);
  });

  it('is refused when a field is missing, of another type or below 0', () => {
    const validate = validatorOf('pmd-bench-1.json');
    const wrong: ((document: Results) => void)[] = [
      (document) => Reflect.deleteProperty(document, 'gc'),
      (document) => Object.assign(document, { schema: 'pmd-bench/2' }),
      (document) => Object.assign(document.ports[0]!, { rxPackets: -1 }),
      (document) => Object.assign(document.ports[0]!, { txDropped: 'none' }),
      (document) => Object.assign(document.ports[0]!, { rxPackets: 0.5 }),
      (document) => Object.assign(document, { surprise: 1 }),
    ];
    for (const spoil of wrong) {
      const document = structuredClone(documents.get('fwd')!);
      assert.ok(validate(document));
      spoil(document);
      assert.ok(!validate(document), spoil.toString());
    }
  });
});
