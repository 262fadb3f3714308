import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Burst, Port } from '../../../src/index.ts';
import { pmdError } from '../../support/errors.ts';
import { scaled } from '../../support/scale.ts';
import { until, untilSeen } from '../../support/until.ts';
import { check, lengthOf, numbered } from '../support/frames.ts';
import { firstOf, ip } from '../support/network.ts';
import { over, plugged } from '../support/wired.ts';

/** Sends frames by their number, as long as fewer than a window are under way, and checks those that arrive. */
class Flow {
  readonly #outgoing: Burst;
  readonly #incoming: Burst;
  readonly #from: Port;
  readonly #to: Port;
  readonly #frames: number;
  #sent = 0;
  received = 0;

  constructor(from: Port, to: Port, frames: number) {
    [this.#from, this.#to, this.#frames] = [from, to, frames];
    [this.#outgoing, this.#incoming] = [from.pool.createBurst(64), from.pool.createBurst(64)];
  }

  step(): void {
    const window = 256; // fewer than the kernel queues
    let next = this.#sent + this.#outgoing.count;
    for (; next < this.#frames && next - this.received < window; next++) {
      if (!this.#outgoing.append(numbered(this.#to, lengthOf(next), next))) break;
    }
    this.#sent += this.#from.tx[0].send(this.#outgoing);
    this.#to.rx[0].receive(this.#incoming);
    this.received = check(this.#incoming, this.#to, this.received);
    this.#incoming.release();
  }
}

const changes: [what: string, change: (name: string) => void, reason: RegExp][] = [
  ['is removed', (name) => ip('link', 'del', name), /^the device is gone$/],
  [
    'gets another name',
    (name) => {
      ip('link', 'set', name, 'down');
      ip('link', 'set', name, 'name', `${name}x`);
    },
    /^the interface tap\d+ is called tap\d+x now$/,
  ],
];

describe('traffic of a tap: port', () => {
  it(
    'is unchanged and in order, both ways at once',
    over(async (network, open) => {
      const frames = scaled('frames each way over a tap', 100_000);
      const [port, kernel] = await plugged(network, open);
      const flows = [new Flow(port, kernel, frames), new Flow(kernel, port, frames)];
      await until('all frames to arrive', () => {
        for (const flow of flows) flow.step();
        return flows.every((flow) => flow.received === frames);
      });
      assert.equal(port.stats().rxPackets, frames);
      assert.equal(port.stats().txPackets, frames);
      assert.equal(port.stats().device.rxMissed, 0);
    }),
  );

  it(
    'wakes a reader that sleeps, for each lone frame',
    over(async (network, open) => {
      const frames = scaled('lone frames', 300);
      const [port, kernel] = await plugged(network, open);
      const outgoing = port.pool.createBurst(1);
      let received = 0;
      const send = () => {
        outgoing.append(numbered(port, lengthOf(received), received));
        assert.equal(kernel.tx[0].send(outgoing), 1);
      };
      send();
      for await (const burst of port.rx[0]) {
        received = check(burst, port, received);
        if (received === frames) break;
        setTimeout(send, received % 3); // the reader is asleep by then, or about to be
      }
    }),
  );

  it(
    'counts frames for which the queue of the kernel had no room',
    over(async (network, open) => {
      const [port, kernel, name] = await plugged(network, open);
      ip('link', 'set', name, 'txqueuelen', '32');
      const [outgoing, incoming] = [port.pool.createBurst(64), port.pool.createBurst(64)];
      for (let i = 0; i < 64; i++) outgoing.append(numbered(port, 60, i));
      kernel.tx[0].send(outgoing);
      await until('the frames that the queue had', () => {
        port.rx[0].receive(incoming);
        return incoming.count === 32;
      });
      assert.ok(port.stats().device.rxMissed! > 0);
      incoming.release();
      outgoing.release();
    }),
  );

  it(
    'drops and counts frames that a port of its MTU could not send',
    over(async (network, open) => {
      const [port, , name] = await plugged(network, open);
      ip('link', 'set', name, 'mtu', '2000');
      const kernel = await open.port(`packet:${name}`, { pool: port.pool, mtu: 2000 });
      const [outgoing, incoming] = [port.pool.createBurst(8), port.pool.createBurst(8)];
      for (const length of [1519, 2014, 1518]) outgoing.append(numbered(port, length, length));
      assert.equal(kernel.tx[0].send(outgoing), 3);
      await until('the frame that fits', () => port.rx[0].receive(incoming) === 1);
      assert.equal(incoming.frame(0).length, 1518);
      assert.equal(port.stats().rxDropped.oversize, 2);
      assert.equal(port.tx[0].send(incoming), 1);
      outgoing.append(numbered(port, 1519, 0));
      assert.throws(() => port.tx[0].send(outgoing), pmdError('ERR_PMD_FRAME_LENGTH', /entry 0/));
      outgoing.release();
    }),
  );

  for (const [what, change, reason] of changes) {
    it(
      `ends when the interface ${what}`,
      over(async (network, open) => {
        const [port, kernel, name] = await plugged(network, open);
        const flow = new Flow(kernel, port, 1_000_000);
        await until('traffic', () => {
          flow.step();
          return flow.received > 1000;
        });
        const removed = once(port, 'removal');
        change(name);
        assert.match(((await removed) as [string])[0], reason);
        const burst = port.pool.createBurst(8);
        assert.throws(() => port.rx[0].receive(burst), pmdError('ERR_PMD_REMOVED'));
        assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_REMOVED'));
        assert.equal(port.state, 'closed');
      }),
    );
  }

  it(
    'is the pings of a kernel, answered by the responder example, none lost',
    over(async (network) => {
      const pings = scaled('pings', 500);
      const [host, name] = [await network.bareHost(), network.tap()];
      const program = ['--import', 'tsx', 'examples/responder.ts', `tap:${name}`, '10.77.0.2'];
      const responder = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      responder.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      try {
        await untilSeen('the responder to begin', () => said.includes('answers for'));
        host.plug(name, '10.77.0.1/24');
        assert.deepEqual(host.ping('10.77.0.2', pings), firstOf(pings));
      } finally {
        responder.kill('SIGINT');
        assert.deepEqual(await once(responder, 'exit'), [0, null]);
      }
    }),
  );
});
