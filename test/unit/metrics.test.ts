import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Metric } from '../../src/index.ts';
import { inject } from '../faults/support/rig.ts';
import { fill, receiveAll } from '../support/frames.ts';
import { closing, freshAddress } from '../support/ports.ts';
import { until } from '../support/until.ts';

function figure(metrics: Metric[], name: string, labels: Record<string, string> = {}): number {
  const found = metrics.filter((metric) => {
    return (
      metric.name === name && Object.entries(labels).every(([key, value]) => metric.labels[key] === value)
    );
  });
  assert.equal(found.length, 1, `${name} is there once`);
  return found[0]!.value;
}

describe('port.metrics()', () => {
  it(
    'has the figures of stats(), with help texts and unique names',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const burst = left.pool.createBurst(8);
      fill(burst, right, 8);
      left.tx[0].send(burst);
      receiveAll(right, right.pool.createBurst(8), 8);
      await right.refresh();
      const metrics = right.metrics();
      const labels = { port: right.address, queue: '0' };
      assert.equal(figure(metrics, 'vfio_pmd_rx_packets_total', labels), 8);
      assert.equal(figure(metrics, 'vfio_pmd_rx_bytes_total', labels), 480);
      assert.equal(figure(metrics, 'vfio_pmd_link_up', { port: right.address }), 1);
      assert.equal(figure(metrics, 'vfio_pmd_port_running'), 1);
      assert.equal(figure(metrics, 'vfio_pmd_device_rx_packets_total'), 8);
      for (const { name, help, type, value } of metrics) {
        assert.match(name, /^vfio_pmd_[a-z_]+$/);
        assert.equal(name.endsWith('_total'), type === 'counter', name);
        assert.ok(help.length > 10 && Number.isFinite(value), name);
      }
      const keys = metrics.map(({ name, labels }) => JSON.stringify([name, labels]));
      assert.equal(new Set(keys).size, keys.length);
      await right.close();
      assert.equal(figure(right.metrics(), 'vfio_pmd_rx_packets_total', labels), 8);
      assert.equal(figure(right.metrics(), 'vfio_pmd_port_running'), 0);
    }),
  );

  it(
    'leaves out what the device cannot know, and counts recoveries',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const { device } = port.stats();
      const unknown = Object.values(device).filter((value) => value === null).length;
      const known = port.metrics().filter(({ name }) => name.startsWith('vfio_pmd_device_')).length;
      assert.equal(known, Object.keys(device).length - unknown);
      inject(port, 'function-reset');
      await until('the recovery', () => figure(port.metrics(), 'vfio_pmd_recoveries_total') === 1);
    }),
  );
});

describe('pool.metrics()', () => {
  it(
    'says where the buffers are, which add up',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(8);
      burst.allocate(8);
      const metrics = pool.metrics();
      assert.equal(figure(metrics, 'vfio_pmd_pool_buffers'), 4096);
      assert.equal(figure(metrics, 'vfio_pmd_pool_buffers_in', { place: 'application' }), 8);
      const places = metrics.filter(({ name }) => name === 'vfio_pmd_pool_buffers_in');
      assert.equal(
        places.reduce((sum, { value }) => sum + value, 0),
        4096,
      );
      burst.release();
    }),
  );
});

describe('diagnostics_channel', () => {
  it(
    'tells of open, recovery, removal and close, with the address',
    closing(async (open) => {
      const told: unknown[][] = [];
      const events = ['open', 'recovering', 'recovered', 'removal', 'close'];
      const listeners = events.map((event) => {
        const listener = (message: unknown) => told.push([event, message]);
        subscribe(`vfio-pmd:${event}`, listener);
        return () => unsubscribe(`vfio-pmd:${event}`, listener);
      });
      try {
        const port = await open.port(freshAddress());
        inject(port, 'function-reset');
        await until('the recovery', () => told.length === 3);
        inject(port, 'removal');
        await until('the removal', () => told.length === 4);
        await port.close();
        assert.deepEqual(
          told.map(([event]) => event),
          events,
        );
        for (const [, message] of told) assert.equal((message as { address: string }).address, port.address);
        assert.equal(typeof (told[2]![1] as { elapsedMs: number }).elapsedMs, 'number');
        assert.match((told[3]![1] as { reason: string }).reason, /asked for the device back/);
      } finally {
        for (const stop of listeners) stop();
      }
    }),
  );
});
