// Uses queues of the main thread as it is told, for many sequences at once; see Helper in sequence.ts.
import { parentPort } from 'node:worker_threads';
import {
  attachPool,
  attachRxQueue,
  attachTxQueue,
  type Burst,
  PmdError,
  type Pool,
  type RxQueue,
  type TxQueue,
} from '../../../src/index.ts';
import { allOf } from './rig.ts';
import type { Order } from './sequence.ts';

interface Place {
  pool: Pool;
  burst: Burst;
  queues: Map<number, { rx: RxQueue; tx: TxQueue }>;
}
const places = new Map<number, Place>();

function placeOf({ pool }: Order): Place {
  let place = places.get(pool.pool);
  if (place === undefined) {
    const attached = attachPool(pool);
    place = { pool: attached, burst: attached.createBurst(), queues: new Map() };
    places.set(pool.pool, place);
  }
  return place;
}

function queuesOf(place: Place, { rx, tx }: Order) {
  let queues = place.queues.get(rx!.port);
  if (queues === undefined) {
    queues = { rx: attachRxQueue(rx!), tx: attachTxQueue(tx!) };
    place.queues.set(rx!.port, queues);
  }
  return queues;
}

function carryOut(order: Order): number {
  const place = placeOf(order);
  switch (order.what) {
    case 'receive':
      return queuesOf(place, order).rx.receive(place.burst);
    case 'send':
      return queuesOf(place, order).tx.send(place.burst);
    case 'allocate':
      place.burst.allocate(4);
      place.burst.lengths.fill(60);
      return place.burst.count;
    case 'release':
      place.burst.release();
      return 0;
    case 'detach': {
      const { rx, tx } = queuesOf(place, order);
      rx.detach();
      tx.detach();
      return 0;
    }
    case 'count': {
      // What only this thread can have: it lies in its cache.
      places.delete(order.pool.pool);
      const { bursts, indices } = allOf(place.pool);
      for (const burst of bursts) burst.release();
      return indices.length;
    }
  }
}

parentPort!.on('message', (order: Order) => {
  let result: number | string;
  try {
    result = carryOut(order);
  } catch (error) {
    result = error instanceof PmdError ? error.code : `${(error as Error).stack}`;
  }
  parentPort!.postMessage({ id: order.id, result });
});
