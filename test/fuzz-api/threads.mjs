// Workers that use the same pools, ports and memory, and end at any moment.
import { Worker } from 'node:worker_threads';

const source = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { dist, pool, rx, moved, isHonest } = workerData;
  (async () => {
    const library = await import(dist);
    const bursts = [];
    const attempt = (call) => { try { return call(); } catch (error) {
      if (!(error instanceof library.PmdError) || error.code === 'ERR_PMD_INTERNAL') throw error;
    } };
    const own = attempt(() => library.attachPool(pool));
    const queue = rx && attempt(() => library.attachRxQueue(rx));
    for (let i = 0; i < 20 && own; i++) bursts.push(attempt(() => own.createBurst(1 + i)));
    const gifts = own?.bytes.buffer.transfer && !isHonest ? [own.bytes.buffer.transfer()] : [];
    if (gifts.length > 0 && bursts[0]) gifts.push(bursts.pop().indices.buffer.transfer());
    parentPort.postMessage(gifts, gifts);
    const words = moved && new Uint32Array(moved, 0, moved.byteLength >> 2);
    let flipped = 0;
    for (let round = 0; round < 2e5; round++) {
      const burst = bursts[round % bursts.length];
      if (queue && burst) attempt(() => queue.receive(burst));
      if (burst) attempt(() => burst.allocate(1));
      if (burst) attempt(() => burst.release());
      // An odd number of words, so that each is another than in the round before.
      for (let at = 0; words && at < Math.min(words.length, 63); at++) words[at] = flipped = ~flipped;
      if (round % 4096 === 0) await new Promise(setImmediate);
    }
  })();`;

/** A token as another thread gets it, or nothing when it has been overwritten by what cannot be posted. */
function copyOf(token) {
  try {
    return structuredClone(token);
  } catch {
    return undefined;
  }
}

export const threads = {
  async startWorker(random) {
    if (!random.oneIn(60)) return;
    const moved = this.isHonest || random.oneIn(2) ? undefined : this.held.moved.pop()?.buffer;
    const workerData = {
      dist: this.dist,
      pool: copyOf(this.any('pools', random)?.token),
      rx: random.oneIn(2) ? copyOf(this.any('rx', random)?.token) : undefined,
      moved,
      isHonest: this.isHonest,
    };
    const worker = new Worker(source, { eval: true, workerData, transferList: moved ? [moved] : [] });
    worker.on('error', (error) => this.judge(error, 'a worker'));
    worker.on('message', (gifts) => {
      this.note('workers started');
      for (const gift of gifts) this.keep('moved', new Uint8Array(gift), random);
    });
    if (moved) this.note('memory given away');
    const replaced = this.held.workers.length >= 2 ? this.held.workers.shift() : undefined;
    this.held.workers.push(worker);
    await replaced?.terminate();
  },
  async endWorker(random) {
    if (!random.oneIn(40)) return;
    await this.held.workers.pop()?.terminate();
  },
};
