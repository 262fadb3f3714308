import { checkCount, isAddress } from './check.ts';
import { invalidArgument } from './errors.ts';

/** What names an RX queue across threads: plain data, to be posted to a worker. */
export interface RxQueueToken {
  readonly kind: 'vfio-pmd/rx';
  readonly address: string;
  readonly port: number;
  readonly queue: number;
  readonly pool: number;
}
/** What names a TX queue across threads. */
export interface TxQueueToken extends Omit<RxQueueToken, 'kind'> {
  readonly kind: 'vfio-pmd/tx';
}
/** What names a queue of either kind. */
export type QueueToken = RxQueueToken | TxQueueToken;

/** @internal The handle of a queue that this thread is not attached to. */
export const detached = -1;

/** @internal A copy of a token, in which nothing is certain: it may have come from anywhere. */
export function checkToken<Kind extends QueueToken['kind']>(
  kind: Kind,
  token: QueueToken,
  hint: string,
): Omit<QueueToken, 'kind'> & { kind: Kind } {
  const { kind: given, address, port, queue, pool } = token ?? {};
  if (given !== kind || typeof address !== 'string' || !isAddress(address)) {
    throw invalidArgument(`this is not a token of kind ${kind}`, hint);
  }
  return {
    kind,
    address,
    port: checkCount("the token's port", port),
    queue: checkCount("the token's queue", queue),
    pool: checkCount("the token's pool", pool),
  };
}
