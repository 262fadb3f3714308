import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import type { PortResult, Results } from '../../src/results/results.ts';
import { pmdBench, runPmdBench } from './support/child.ts';

async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

/** What each end of an emulated port with a flood peer sent, against what the other delivered. */
function checkBothEnds({ rxPackets, txPackets, counters }: PortResult, rxRing: number): void {
  const { peerSent, peerReceived } = counters.bus;
  const onRing = counters.device.rxPackets! - rxPackets;
  assert.equal(peerSent, rxPackets + onRing);
  assert.ok(onRing >= 0 && onRing < rxRing, `${onRing} frames left on the ring`);
  assert.equal(txPackets, peerReceived);
  assert.equal(txPackets, counters.device.txPackets);
}

function checkDocument(document: Results, command: string, addresses: string[]): void {
  assert.equal(document.schema, 'pmd-bench/1');
  assert.equal(document.command, command);
  assert.equal(document.error, null);
  assert.deepEqual(
    document.ports.map((port) => port.address),
    addresses,
  );
  const { environment, intervals, gc } = document;
  assert.equal(environment.node, process.version);
  assert.equal(environment.arch, process.arch);
  assert.match(environment.version, /^\d+\.\d+\.\d+/);
  assert.ok(environment.cpu !== '' && environment.kernel !== '' && environment.cpus > 0);
  assert.ok([4096, 2 << 20].includes(environment.pageSize));
  assert.deepEqual(
    environment.buses,
    addresses.map(() => 'emulation'),
  );
  assert.ok(gc.count >= 0 && gc.milliseconds >= 0);
  assert.ok(document.cyclesPerPacket! > 0);
  assert.ok(document.packetsPerBurst! > 0 && document.packetsPerBurst! <= 32);
  assert.ok(document.durationSeconds > 0);
  for (const [i, port] of document.ports.entries()) checkSums(port, i, document.durationSeconds, intervals);
}

/** The intervals add up to the whole, and the rates are counts by time. */
function checkSums(port: PortResult, i: number, seconds: number, intervals: Results['intervals']): void {
  const fields = ['rxPackets', 'rxBytes', 'rxDropped', 'txPackets', 'txBytes', 'txDropped'] as const;
  for (const field of fields) {
    const sum = intervals.reduce((total, { ports }) => total + ports[i]![field]!, 0);
    assert.equal(sum, port[field], field);
  }
  assert.equal(port.rxPps, port.rxPackets / seconds);
  assert.equal(port.txPps, port.txPackets / seconds);
}

const floods = ['emu:a,peer=flood', 'emu:b,peer=flood'];

describe('pmd-bench on emulated ports', () => {
  it("fwd passes each port's frames out of the other", async () => {
    const document = await results('fwd', ...floods, '--duration', '1200ms');
    checkDocument(document, 'fwd', floods);
    const [a, b] = document.ports as [PortResult, PortResult];
    assert.ok(a.rxPackets > 0 && b.rxPackets > 0);
    assert.equal(a.rxPackets, b.txPackets + b.txDropped!);
    assert.equal(b.rxPackets, a.txPackets + a.txDropped!);
    for (const port of document.ports) checkBothEnds(port, 512);
    assert.equal(document.endedBy, 'duration');
    assert.deepEqual(document.options, {
      durationSeconds: 1.2,
      packets: null,
      burst: 32,
      rxRing: 512,
      txRing: 1024,
      buffers: document.options['buffers'],
      mode: 'mac',
      script: null,
      program: null,
      filter: null,
      txRate: null,
      destinations: [],
    });
  });

  for (const mode of ['mac', 'macswap', 'io']) {
    it(`fwd sends back out of a single port, mode ${mode}`, async () => {
      const document = await results('fwd', floods[0]!, '--packets', '20000', '--mode', mode);
      checkDocument(document, 'fwd', floods.slice(0, 1));
      const [port] = document.ports as [PortResult];
      assert.equal(port.rxPackets, 20_000);
      assert.equal(port.txPackets + port.txDropped!, 20_000);
      checkBothEnds(port, 512);
      assert.equal(document.endedBy, 'packets');
    });
  }

  it('tx sends so many frames of the sizes asked for', async () => {
    const document = await results(
      'tx',
      ...floods,
      '--packets',
      '50001',
      '--size',
      '100-200',
      '--burst',
      '7',
    );
    checkDocument(document, 'tx', floods);
    const sent = document.ports.reduce((sum, port) => sum + port.txPackets, 0);
    const bytes = document.ports.reduce((sum, port) => sum + port.txBytes, 0);
    assert.equal(sent, 50_001);
    assert.ok(bytes / sent > 141 && bytes / sent < 151, `${bytes / sent} bytes a frame`);
    assert.ok(document.packetsPerBurst! <= 7);
    for (const port of document.ports) {
      checkBothEnds(port, 512);
      assert.equal(port.counters.bus['peerReceivedBytes'], port.txBytes);
    }
  });

  it('rx counts what the far end sends', async () => {
    const address = 'emu:a,peer=flood,size=60-1514';
    const document = await results('rx', address, '--packets', '30000', '--rx-ring', '128');
    checkDocument(document, 'rx', [address]);
    const [port] = document.ports as [PortResult];
    assert.equal(port.rxPackets, 30_000);
    assert.equal(port.txPackets, 0);
    assert.ok(port.rxBytes > 60 * 30_000);
    checkBothEnds(port, 128);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends with the whole result at ${signal}`, async () => {
      const child = pmdBench(['fwd', ...floods]);
      await child.line('stderr', /Mpps/);
      child.process.kill(signal);
      const { code, stdout } = await child.finished;
      assert.equal(code, 0);
      assert.match(stdout, /^port +packets/);
      assert.match(stdout, /\d s, interrupted, [\d ]+ cycles per packet, [\d.]+ packets per burst/);
    });
  }

  it('writes one JSON document at SIGINT, too, and no live line', async () => {
    const child = pmdBench(['rx', 'emu:idle', '--json']);
    await child.line('stderr', /nothing has moved/);
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.finished;
    const document = JSON.parse(stdout) as Results;
    assert.equal(code, 0);
    assert.equal(document.endedBy, 'signal');
    assert.equal(document.cyclesPerPacket, null);
    assert.match(document.notices[0]!.text, /emu:idle: the link is up, the far end is idle/);
    assert.match(stderr, /^note: nothing has moved[^\n]+\n$/);
  });

  it('shows no escape codes when piped, nor with NO_COLOR', async () => {
    for (const env of [{}, { NO_COLOR: '1' }]) {
      const child = pmdBench(['rx', 'emu:idle'], env);
      await child.line('stderr', /note:/);
      child.process.kill('SIGINT');
      const { stdout, stderr } = await child.finished;
      assert.match(stdout, /^port/);
      assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
    }
  });
});

describe('pmd-bench and its outputs', () => {
  it('ends quietly when the reader of its result has left', async () => {
    const child = pmdBench(['rx', floods[0]!, '--duration', '1s']);
    child.process.stdout!.destroy();
    const { code, stderr } = await child.finished;
    assert.equal(code, 0);
    assert.match(stderr, /^( +\d+(\.\d)? s {2}emu:a rx [\d.]+ Mpps\n)*$/);
  });

  it('ends early when the reader of its live lines has left', async () => {
    const child = pmdBench(['rx', floods[0]!]);
    await child.line('stderr', /Mpps/);
    child.process.stderr!.destroy();
    const { code, stdout } = await child.finished;
    assert.equal(code, 0);
    assert.match(stdout, /interrupted/);
  });

  it('says that its result could not be written', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, stderr } = await pmdBench(['rx', 'emu:idle', '--duration', '1ms'], {}, full).finished;
    closeSync(full);
    assert.equal(code, 1);
    assert.match(stderr, /error: the result was not written: ENOSPC[^\n]*\n$/);
  });
});
