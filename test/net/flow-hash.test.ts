import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildFrame, Fragment, type FrameLayer, flowHash, Layers } from '../../src/net/index.ts';
import { scaled } from '../support/scale.ts';
import { corpus } from './support/corpus.ts';

const ethernet: FrameLayer = {
  kind: 'ethernet',
  destination: '02:00:00:00:00:02',
  source: '02:00:00:00:00:01',
};

function hashOf(...layers: FrameLayer[]): number {
  const frame = buildFrame(ethernet, ...layers);
  const found = new Layers();
  assert.ok(found.read(frame, 0, frame.length));
  return flowHash(frame, found);
}

interface Flow {
  addresses: [string, string];
  ports: [number, number];
  kind: 'udp' | 'tcp' | 'sctp';
}

function hashOfFlow({ addresses, ports, kind }: Flow, isBack = false): number {
  const [source, destination] = isBack ? addresses.toReversed() : addresses;
  const [from, to] = isBack ? ports.toReversed() : ports;
  const network = source!.includes(':') ? 'ipv6' : 'ipv4';
  return hashOf(
    { kind: network, source: source!, destination: destination! },
    { kind, source: from!, destination: to! },
  );
}

const port = fc.integer({ min: 0, max: 0xffff });
const flows = fc.record({
  addresses: fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6(), fc.ipV6())) as fc.Arbitrary<
    [string, string]
  >,
  ports: fc.tuple(port, port),
  kind: fc.constantFrom<Flow['kind']>('udp', 'tcp', 'sctp'),
});

describe('flowHash', () => {
  it('is the same in both directions', () => {
    fc.assert(
      fc.property(flows, (flow) => hashOfFlow(flow) === hashOfFlow(flow, true)),
      { numRuns: scaled('flows', 1000) },
    );
  });

  it('differs by address, port and protocol', () => {
    const flow: Flow = { addresses: ['10.0.0.1', '10.0.0.2'], ports: [1000, 53], kind: 'udp' };
    const others: Partial<Flow>[] = [
      { addresses: ['10.0.0.1', '10.0.0.3'] },
      { ports: [1001, 53] },
      { ports: [53, 1000] },
      { kind: 'tcp' },
      { kind: 'sctp' },
    ];
    const hashes = new Set([hashOfFlow(flow), ...others.map((other) => hashOfFlow({ ...flow, ...other }))]);
    assert.equal(hashes.size, 1 + others.length);
  });

  it('spreads flows of neighbouring addresses and ports evenly', () => {
    const workers = [2, 3, 8, 64];
    const counts = workers.map((count) => new Array<number>(count).fill(0));
    const seen = new Set<number>();
    let flowCount = 0;
    for (let host = 0; host < 64; host++) {
      for (let number = 0; number < 64; number++) {
        const hash = hashOfFlow({
          addresses: [`10.0.0.${host}`, '10.0.1.1'],
          ports: [40_000 + number, 443],
          kind: 'tcp',
        });
        seen.add(hash);
        flowCount++;
        for (const [k, count] of workers.entries()) counts[k]![hash % count]!++;
      }
    }
    assert.ok(seen.size >= flowCount - 20, `${seen.size} hashes of ${flowCount} flows`);
    for (const [k, count] of workers.entries()) {
      const mean = flowCount / count;
      const worst = Math.max(...counts[k]!.map((flows_) => Math.abs(flows_ - mean)));
      // Five standard deviations of a fair draw.
      assert.ok(worst < 5 * Math.sqrt(mean), `${count} workers: ${counts[k]}`);
    }
  });

  it('is that of the addresses for every fragment of a datagram, and for what has no ports', () => {
    for (const version of ['ipv4', 'ipv6']) {
      const hashes = [...corpus].flatMap(([name, frame]) => {
        if (!name.includes(`${version}`) || !/fragment|ping|nothing known/.test(name)) return [];
        const layers = new Layers();
        layers.read(frame, 0, frame.length);
        assert.ok(layers.fragment !== Fragment.none || !layers.hasPorts, name);
        return [flowHash(frame, layers)];
      });
      assert.ok(hashes.length > 10);
      assert.equal(new Set(hashes).size, 1, version);
    }
  });

  it('is that of the EtherType without IP, and 0 without that', () => {
    const layers = new Layers();
    const arp = corpus.get('arp')!;
    layers.read(arp, 0, arp.length);
    const hash = flowHash(arp, layers);
    assert.notEqual(hash, 0);
    layers.read(arp, 0, 20);
    assert.equal(flowHash(arp, layers), hash);
    layers.read(arp, 0, 13);
    assert.equal(flowHash(arp, layers), 0);
  });
});
