import type { Port } from 'vfio-pmd';
import {
  arp,
  EtherType,
  ethernet,
  Fragment,
  IpProtocol,
  icmp,
  ipv4,
  type Layers,
  mac,
  swapBytes,
} from 'vfio-pmd/net';

const broadcast = new Uint8Array(6).fill(0xff);

/** A port with an IPv4 address: it answers ARP and ping, and knows the MAC addresses of those around it. */
export class Neighbours {
  readonly ip: number;
  readonly mac: Uint8Array;
  readonly #port: Port;
  readonly #bytes: Uint8Array;
  readonly #known = new Map<number, Uint8Array>();
  readonly #onLearned: (ip: number, mac: Uint8Array) => void;
  readonly #question;

  constructor(port: Port, ip: string, onLearned: (ip: number, mac: Uint8Array) => void = () => {}) {
    this.ip = ipv4.parseAddress(ip);
    this.mac = mac.parse(port.mac);
    this.#port = port;
    this.#bytes = port.pool.bytes;
    this.#question = port.pool.createBurst(1);
    this.#onLearned = onLearned;
  }

  /** The MAC address of a neighbour. Undefined of one that is unknown, who is asked then. */
  find(ip: number): Uint8Array | undefined {
    const known = this.#known.get(ip);
    if (known === undefined) this.#ask(ip);
    return known;
  }

  #ask(ip: number): void {
    const question = this.#question;
    if (question.allocate() === 0) return;
    const at = question.position(0);
    const message = ethernet.write(this.#bytes, at, broadcast, this.mac, EtherType.arp);
    const end = arp.writeRequest(this.#bytes, message, this.mac, this.ip, ip);
    question.lengths[0] = ethernet.minFrameBytes;
    this.#bytes.fill(0, end, at + ethernet.minFrameBytes);
    this.#port.tx[0].send(question);
    question.release();
  }

  /** Learns from a message, and turns a question to this address into its answer: then it is to go back. */
  answer(at: number, layers: Layers): boolean {
    const isAnswer = layers.etherType === EtherType.arp ? this.#answerArp(layers) : this.#answerPing(layers);
    if (isAnswer) {
      ethernet.swapAddresses(this.#bytes, at);
      ethernet.setSource(this.#bytes, at, this.mac);
    }
    return isAnswer;
  }

  #answerArp({ l3At, end }: Layers): boolean {
    const bytes = this.#bytes;
    if (arp.messageLength(bytes, l3At, end) === 0 || arp.targetIp(bytes, l3At) !== this.ip) return false;
    const sender = bytes.slice(l3At + arp.senderMacOffset, l3At + arp.senderMacOffset + 6);
    this.#known.set(arp.senderIp(bytes, l3At), sender);
    this.#onLearned(arp.senderIp(bytes, l3At), sender);
    if (arp.operation(bytes, l3At) !== arp.Operation.request) return false;
    arp.answer(bytes, l3At, this.mac);
    return true;
  }

  #answerPing({ l3At, l4At, protocol, fragment }: Layers): boolean {
    const bytes = this.#bytes;
    if (
      protocol !== IpProtocol.icmp ||
      fragment !== Fragment.none ||
      ipv4.destination(bytes, l3At) !== this.ip
    )
      return false;
    if (icmp.type(bytes, l4At) !== icmp.Type.echoRequest) return false;
    swapBytes(bytes, l3At + ipv4.sourceOffset, l3At + ipv4.destinationOffset, 4);
    icmp.answerEcho(bytes, l4At);
    return true;
  }
}
