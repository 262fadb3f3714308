// The calls that are made at random. Each gets a source of random numbers and `act`, which makes another call in the midst of
// this one; `this` is the world. What it returns may be a promise.
import { jobs } from './jobs.mjs';
import { threads } from './threads.mjs';
import { acting, edges, forgedList, forgedOptions, hostileValue, macs } from './values.mjs';
import { makeWitness } from './witness.mjs';

/** Mostly what is right, so that something happens; else anything. */
function mostly(right, random, act) {
  return random.oneIn(5) ? hostileValue(random, act) : right;
}

function count(random) {
  return random.oneIn(6) ? random.pick(edges) : random.below(40);
}

const pools = {
  async createPool(random, act) {
    // Not any number: a pool of a million buffers takes gigabytes.
    const buffers = random.pick([64, 300, 512, 1024, 4096, ...[63, 2 ** 20 + 1, Number.NaN, -1, '64', 64n]]);
    const options = random.oneIn(6)
      ? { ...forgedOptions(random, ['hugePages'], () => {}), buffers }
      : { buffers: random.pick([64, 300, 512, 1024, 4096]), hugePages: 'never' };
    if (random.oneIn(4)) Object.defineProperty(options, 'hugePages', { get: acting(act, 'never') });
    this.keep('pools', await this.library.createPool(options), random);
  },
  attachPool(random, act) {
    const own = this.any('pools', random)?.token;
    this.keep('pools', this.library.attachPool(mostly(this.tokens?.pool ?? own, random, act)), random);
  },
  createBurst(random, act) {
    const pool = this.any('pools', random);
    const options = random.oneIn(4)
      ? forgedOptions(random, ['timestamps'], act)
      : { timestamps: random.oneIn(3) };
    const burst = pool?.createBurst(mostly(random.pick([1, 8, 32, 64]), random, act), options);
    if (burst) this.keep('bursts', burst, random);
  },
  poolView(random, act) {
    const view = this.any('pools', random)?.view(mostly(random.below(64), random, act));
    if (view && !this.isHonest) view[random.below(2300)] = 1;
  },
  poolUsage(random) {
    const pool = this.any('pools', random);
    return [pool?.usage(), pool?.closed, pool?.bytes[random.below(100_000)]];
  },
  async closePool(random) {
    if (!random.oneIn(6)) return;
    await this.any('pools', random)?.close();
    this.note('pools closed');
  },
  overwriteToken(random, act) {
    const thing = this.any(random.pick(['pools', 'rx', 'tx']), random);
    if (thing && random.oneIn(8)) Object.defineProperty(thing, 'token', { value: hostileValue(random, act) });
  },
  construct(random, act) {
    const thing = this.any(random.pick(['pools', 'ports', 'bursts', 'rx', 'tx']), random);
    if (thing)
      new thing.constructor(...Array.from({ length: random.below(5) }, () => hostileValue(random, act)));
  },
};

const ports = {
  async openPort(random, act) {
    if (!random.oneIn(4)) return;
    const pool = this.any('pools', random);
    const name = random.oneIn(3) && this.names > 0 ? this.lastName : this.freshName();
    this.lastName = name;
    const right = { rxRing: 64, txRing: 64, ...(random.oneIn(4) || !pool ? {} : { pool }) };
    const names = ['pool', 'rxRing', 'txRing', 'rxQueues', 'txQueues', 'mtu', 'mac'];
    const options = random.oneIn(6) ? forgedOptions(random, names, act) : right;
    const address = random.oneIn(2) ? `${name},peer=flood` : name;
    const port = await this.library.openPort(mostly(address, random, act), options);
    this.note('ports opened');
    this.keep('ports', port, random);
    this.keep('pools', port.pool, random);
    this.keep('rx', port.rx[0], random);
    this.keep('tx', port.tx[0], random);
  },
  async closePort(random) {
    if (random.oneIn(8)) await this.any('ports', random)?.close();
  },
  async setPort(random, act) {
    const port = this.any('ports', random);
    const any = () => hostileValue(random, act);
    await random.pick([
      () => port?.setMac(mostly(random.pick(macs), random, act)),
      () => port?.setMtu(mostly(random.pick([68, 1500, 2026]), random, act)),
      () => port?.setVlan(mostly(random.below(5000), random, act), mostly(true, random, act)),
      () => port?.setMulticast(mostly([macs[1]], random, act), mostly(false, random, act)),
      () => port?.setMulticast(forgedList(random, act)),
      () => port?.setMulticast(any(), any()),
      () => port?.refresh(),
      () => port?.registers(),
    ])();
  },
  lookAtPort(random) {
    const port = this.any('ports', random);
    return port && [port.state, port.link, port.mac, port.mtu, port.stats(), port.capabilities];
  },
};

const bursts = {
  allocate(random, act) {
    this.any('bursts', random)?.allocate(mostly(count(random), random, act));
  },
  append(random, act) {
    const burst = this.any('bursts', random);
    const frame = mostly(new Uint8Array(random.pick([60, 64, 1514])), random, act);
    if (burst?.append(frame)) this.checkAppended(burst, frame);
  },
  release(random, act) {
    this.any('bursts', random)?.release(mostly(random.pick([0, 0, random.below(8)]), random, act));
  },
  filter(random, act) {
    const keep = random.pick([() => true, () => false, (_, i) => i % 2, () => act()]);
    let looks = 0;
    this.any('bursts', random)?.filter(
      mostly(
        (burst, i) => {
          if (++looks > 1024) this.fault(`filter looked at more frames than a burst has: ${looks}`);
          return keep(burst, i);
        },
        random,
        act,
      ),
    );
  },
  lookAtFrames(random, act) {
    const burst = this.any('bursts', random);
    const at = mostly(random.below(32), random, act);
    const look = random.pick(['frame', 'view', 'position']);
    if (burst) burst[look](at);
    if (burst && burst.count > burst.capacity) this.fault(`a burst of ${burst.capacity} has ${burst.count}`);
  },
  timestamp(random) {
    return this.any('bursts', random)?.timestampNs;
  },
  writeFrames(random) {
    const burst = this.any('bursts', random);
    if (!burst || burst.count === 0) return;
    burst.lengths[random.below(burst.count)] = random.pick([0, 13, 14, 60, 1518, 1519, 2048, 65535]);
    burst.offsets[random.below(burst.count)] = random.pick([0, 127, 128, 129, 2000, 2240, 65535]);
    burst.statuses[random.below(burst.count)] = random.word();
  },
  forgeBurst(random) {
    const burst = this.any('bursts', random);
    if (!burst || this.isHonest || burst.indices.length === 0) return;
    burst.indices[random.below(burst.capacity)] = random.pick([random.below(5000), random.word()]);
    if (random.oneIn(4)) new Uint32Array(burst.indices.buffer, 0, 1)[0] = random.pick(edges);
  },
  moveMemory(random) {
    const thing = this.any(random.pick(['bursts', 'bursts', 'pools']), random);
    const buffer = (thing?.indices ?? thing?.bytes)?.buffer;
    if (!buffer || !random.oneIn(8)) return;
    if (buffer.byteLength === 0) return;
    // Node 20 has no transfer(), and copies what it is asked to move.
    if (buffer.transfer) this.keep('moved', new Uint8Array(buffer.transfer()), random);
    else structuredClone(buffer, { transfer: [buffer] });
  },
  useMoved(random) {
    const bytes = this.any('moved', random);
    if (!bytes || bytes.length === 0) return;
    if (this.isHonest) return bytes[random.below(bytes.length)];
    for (let i = 0; i < 8; i++) bytes[random.below(bytes.length)] = random.word();
  },
  keepWitness(random) {
    const pool = this.any('pools', random);
    if (!pool || pool.closed || pool.bytes.length === 0) return;
    if (this.witnesses.length >= 8) this.checkWitnesses();
    const frames = this.isHonest ? random.below(3) : 0;
    this.witnesses.push(makeWitness(pool, random.pick([8, 32, 64]), frames));
  },
  dropMoved(random) {
    if (!random.oneIn(4) || !this.held.moved.pop()) return;
    globalThis.gc?.();
    this.note('memory dropped');
  },
  collectGarbage(random) {
    if (random.oneIn(30)) globalThis.gc?.();
  },
};

const programs = {
  createHeaders(random, act) {
    const headers = this.library.createHeaders(mostly(random.pick([1, 8, 32, 64]), random, act));
    this.keep('headers', headers, random);
  },
  parseHeaders(random, act) {
    const headers = this.any('headers', random);
    const count = headers?.parse(mostly(this.any('bursts', random), random, act));
    if (count > headers?.capacity) this.fault(`${count} frames were parsed, of ${headers.capacity} at most`);
    this.note('headers parsed', count);
  },
  createFilter(random, act) {
    const one = { code: 6, jumpTrue: 0, jumpFalse: 0, k: random.pick([0, 1]) };
    const list = random.oneIn(4) ? [one] : [{ ...one, code: random.below(256), k: random.below(64) }, one];
    const program = random.oneIn(3) ? random.pick(['', 'ip', 'udp port 9', 'len > 60', 'vlan 7 or']) : list;
    this.keep('filters', this.library.createFilter(mostly(program, random, act)), random);
  },
  applyFilter(random, act) {
    const burst = this.any('bursts', random);
    const left = this.any('filters', random)?.apply(mostly(burst, random, act));
    this.note('frames filtered', left);
  },
  matchFilter(random, act) {
    const bitmap = mostly(new Uint32Array(random.pick([0, 1, 2, 32])), random, act);
    this.any('filters', random)?.match(mostly(this.any('bursts', random), random, act), bitmap);
  },
  moveHeaders(random) {
    const headers = this.any('headers', random);
    if (!headers || this.isHonest || !random.oneIn(8) || headers.faults.length === 0) return;
    if (headers.faults.buffer.transfer)
      this.keep('moved', new Uint8Array(headers.faults.buffer.transfer()), random);
    else new Uint8Array(headers.faults.buffer).fill(random.word());
  },
};

const queues = {
  receive(random, act) {
    const burst = mostly(this.any('bursts', random), random, act);
    const rx = this.any('rx', random);
    const got = random.oneIn(2) ? rx?.receive(burst) : rx?.receive(burst, mostly(count(random), random, act));
    this.note('frames received', got);
  },
  send(random, act) {
    this.note('frames sent', this.any('tx', random)?.send(mostly(this.any('bursts', random), random, act)));
  },
  exchange(random, act) {
    const rx = mostly(this.any('rx', random), random, act);
    const burst = mostly(this.any('bursts', random), random, act);
    this.note('frames exchanged', this.any('tx', random)?.exchange(burst, rx));
  },
  pending(random) {
    this.any('tx', random)?.pending();
  },
  drain(random, act) {
    const options = random.oneIn(4)
      ? forgedOptions(random, ['timeoutMs'], act)
      : { timeoutMs: random.below(3) };
    return this.any('tx', random)?.drain(options);
  },
  reclaim(random) {
    this.any('tx', random)?.reclaim();
  },
  detach(random) {
    if (random.oneIn(4)) this.any(random.pick(['rx', 'tx']), random)?.detach();
  },
  attachQueue(random, act) {
    const kind = random.pick(['rx', 'tx']);
    const theirs = this.tokens && random.pick(this.tokens[kind]);
    const own = this.any(kind, random)?.token;
    const token = mostly(random.oneIn(2) ? own : (theirs ?? own), random, act);
    const forged = random.oneIn(6)
      ? { ...token, [random.pick(['port', 'queue', 'pool'])]: random.pick(edges) }
      : token;
    const attach = kind === 'rx' ? this.library.attachRxQueue : this.library.attachTxQueue;
    this.keep(kind, attach(forged), random);
  },
  iterate(random, act) {
    const names = ['capacity', 'timestamps', 'signal'];
    const signal = random.oneIn(8) ? Object.create(AbortSignal.prototype) : this.abort.signal;
    const options = random.oneIn(4) ? forgedOptions(random, names, act) : { signal };
    // One without a signal would wait until its port is closed.
    if (options.signal === undefined) return;
    const iteration = this.any('rx', random)?.bursts(options);
    if (iteration) this.keep('iterations', iteration, random);
  },
  async iterateOn(random) {
    const iteration = this.any('iterations', random);
    const next = random.oneIn(8) ? iteration?.return() : iteration?.next();
    const burst = (await next)?.value;
    this.note('bursts iterated', burst ? 1 : 0);
    if (burst && random.oneIn(4)) this.keep('bursts', burst, random);
  },
};

export const operations = { ...pools, ...ports, ...bursts, ...programs, ...queues, ...jobs, ...threads };
