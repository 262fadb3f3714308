import { Burst } from '../core/burst.ts';
import { checkInteger, checkInternal, internal } from '../core/check.ts';
import { invalidArgument } from '../core/errors.ts';
import { CallSlot, Limit } from '../core/layout.ts';
import { addon, call, type NativeHeaders, refusal } from '../core/native.ts';

// Constants of this module, which V8 compiles in: see rx-queue.ts.
const { parseHeaders } = addon;
const { handleOf } = Burst;
const callBlock = call;
const callSlot = CallSlot;

/**
 * The headers of a burst's frames in columns: one native call finds them all, and entry `i` of each array is of frame `i`. Made once by
 * {@link createHeaders}, filled by each {@link parse}.
 *
 * Positions are in `pool.bytes`, as the functions of {@link net} take them; 0: there is no such thing. They are those of the time of the
 * call: they do not follow a frame that is moved, cut or filtered. A tag that the device has taken out is not in the frame: it is in
 * `burst.statuses`.
 *
 * Of a frame of several entries the bytes in the first are looked at. One whose headers end there and whose payload does not has the
 * fault `truncated`; its other entries have `continued`, and nothing else.
 *
 * The arrays are native memory, and may be written: nothing is read back from them.
 */
export class ParsedHeaders {
  // Declared and not defined: see Burst.
  /** Most frames that {@link parse} takes. */
  declare readonly capacity: number;
  /** Behind the EtherType. */
  declare readonly l3At: Uint32Array;
  /** What follows IP's headers; 0 without IP, and in a fragment that is not the first. */
  declare readonly l4At: Uint32Array;
  /** Behind the last header that was read: of TCP, UDP, SCTP, ICMP and ICMPv6, otherwise behind IP or the EtherType. */
  declare readonly payloadAt: Uint32Array;
  /** Where the payload ends: before the frame does, where IP says so. */
  declare readonly ends: Uint32Array;
  /** Behind the tags. */
  declare readonly etherTypes: Uint16Array;
  /** The TCI of the first tag in the frame; -1: there is none. */
  declare readonly outerTags: Int32Array;
  /** The TCI of a second tag; -1: there is none. */
  declare readonly innerTags: Int32Array;
  /** Of IP: 4 or 6; 0: it is something else, or not whole. */
  declare readonly versions: Uint8Array;
  /** What follows IP's headers: `net.IpProtocol`; -1: no IP. */
  declare readonly protocols: Int16Array;
  /** Of `net.Fragment`. */
  declare readonly fragments: Uint8Array;
  /** IP source addresses, four words for each frame: of IPv4 the first, and zeros. 32 bits, as `net.ipv4.source` returns them. */
  declare readonly sources: Int32Array;
  /** IP destination addresses, four words for each frame. */
  declare readonly destinations: Int32Array;
  /** Of TCP, UDP and SCTP, also in a first fragment; otherwise 0. */
  declare readonly sourcePorts: Uint16Array;
  declare readonly destinationPorts: Uint16Array;
  /** Bits of `net.tcp.Flag`; 0 without TCP. */
  declare readonly tcpFlags: Uint8Array;
  /** A number for each frame's flow, the same in both directions: `net.flowHash`. */
  declare readonly hashes: Uint32Array;
  /** Why headers could not be read: `net.Fault`, 0 where all could. What comes before the fault is there. */
  declare readonly faults: Uint8Array;
  readonly #handle: number;

  /** @internal */
  constructor(key: typeof internal, { handle, block, columns }: NativeHeaders, capacity: number) {
    checkInternal(key, 'an object for headers', 'use createHeaders()');
    this.capacity = capacity;
    this.#handle = handle;
    this.l3At = new Uint32Array(block, columns.l3At, capacity);
    this.l4At = new Uint32Array(block, columns.l4At, capacity);
    this.payloadAt = new Uint32Array(block, columns.payloadAt, capacity);
    this.ends = new Uint32Array(block, columns.end, capacity);
    this.etherTypes = new Uint16Array(block, columns.etherType, capacity);
    this.outerTags = new Int32Array(block, columns.outerTag, capacity);
    this.innerTags = new Int32Array(block, columns.innerTag, capacity);
    this.versions = new Uint8Array(block, columns.version, capacity);
    this.protocols = new Int16Array(block, columns.protocol, capacity);
    this.fragments = new Uint8Array(block, columns.fragment, capacity);
    this.sources = new Int32Array(block, columns.source, 4 * capacity);
    this.destinations = new Int32Array(block, columns.destination, 4 * capacity);
    this.sourcePorts = new Uint16Array(block, columns.sourcePort, capacity);
    this.destinationPorts = new Uint16Array(block, columns.destinationPort, capacity);
    this.tcpFlags = new Uint8Array(block, columns.tcpFlags, capacity);
    this.hashes = new Uint32Array(block, columns.hash, capacity);
    this.faults = new Uint8Array(block, columns.fault, capacity);
  }

  /**
   * Reads the headers of all frames of a burst, and returns how many frames there are. Never blocks, allocates nothing, and changes
   * nothing of the burst.
   *
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for more frames than {@link capacity}. `ERR_PMD_NOT_OWNER` and `ERR_PMD_FRAME_LENGTH`
   *   name an entry whose frame is not the application's, or leaves its buffer: then the columns mean nothing. `ERR_PMD_CLOSED`.
   */
  parse(burst: Burst): number {
    const handle = handleOf(burst);
    if (burst.count > this.faults.length) this.#refuse(burst.count);
    callBlock[callSlot.burst] = handle;
    callBlock[callSlot.program] = this.#handle;
    parseHeaders();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, burst);
    return result;
  }

  #refuse(count: number): never {
    if (this.faults.length === 0) {
      throw invalidArgument(
        'the memory of the headers was moved to another ArrayBuffer',
        'do not transfer it: make headers in the thread that uses them',
      );
    }
    throw invalidArgument(
      `the burst has ${count} frames, and the headers room for ${this.capacity}`,
      'make them with createHeaders(burst.capacity)',
    );
  }
}

/**
 * Makes columns for the headers of up to `capacity` frames (1 to 1024, default 32), for the calling thread. Reuse them, for bursts of
 * any pool.
 *
 * ```ts
 * const headers = createHeaders();
 * for await (const burst of port.rx[0]) {
 *   const count = headers.parse(burst);
 *   for (let i = 0; i < count; i++) if (headers.destinationPorts[i] === 53) dns++;
 * }
 * ```
 */
export function createHeaders(capacity = 32): ParsedHeaders {
  checkInteger('capacity', capacity, 1, Limit.burst);
  return new ParsedHeaders(internal, addon.createHeaders(capacity), capacity);
}
