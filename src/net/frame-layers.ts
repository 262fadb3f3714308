import { checkInteger } from '../core/check.ts';
import * as arp from './arp.ts';
import * as ethernet from './ethernet.ts';
import * as gre from './gre.ts';
import * as icmp from './icmp.ts';
import * as icmp6 from './icmp6.ts';
import { IpProtocol } from './ip-protocol.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import * as mac from './mac.ts';
import * as sctp from './sctp.ts';
import * as tcp from './tcp.ts';
import * as udp from './udp.ts';
import * as vlan from './vlan.ts';
import * as vxlan from './vxlan.ts';
import { put8, put16 } from './words.ts';

/** One header, or the payload, of {@link buildFrame}. Addresses are text; what announces the next layer follows from it, unless it is given. */
export type FrameLayer =
  | { kind: 'ethernet'; destination: string; source: string; type?: number }
  | { kind: 'vlan'; id: number; priority?: number; isService?: boolean; type?: number }
  | {
      kind: 'arp';
      operation?: number;
      senderMac: string;
      senderIp: string;
      targetMac?: string;
      targetIp: string;
    }
  | {
      kind: 'ipv4';
      source: string;
      destination: string;
      protocol?: number;
      timeToLive?: number;
      identification?: number;
      /** Bits of `ipv4.Flag`. */
      flags?: number;
      /** Bytes, a multiple of 8. */
      fragmentOffset?: number;
      /** A multiple of 4 bytes, at most 40. */
      options?: Uint8Array;
    }
  | { kind: 'ipv6'; source: string; destination: string; nextHeader?: number; hopLimit?: number }
  /** Of `ipv6.Extension`, but for `fragment`. `data` has 6 bytes, or 8 n more; without it, zeros. */
  | { kind: 'extension'; header: number; data?: Uint8Array; nextHeader?: number }
  | {
      kind: 'fragment';
      offset: number;
      hasMore: boolean;
      identification: number;
      nextHeader?: number;
    }
  | { kind: 'udp'; source: number; destination: number; hasChecksum?: boolean }
  | {
      kind: 'tcp';
      source: number;
      destination: number;
      sequence?: number;
      acknowledgment?: number;
      /** Bits of `tcp.Flag`. */
      flags?: number;
      window?: number;
      /** A multiple of 4 bytes, at most 40. */
      options?: Uint8Array;
    }
  | { kind: 'sctp'; source: number; destination: number; verificationTag?: number }
  | { kind: 'icmp'; type: number; code?: number; identifier?: number; sequence?: number }
  | { kind: 'icmp6'; type: number; code?: number; identifier?: number; sequence?: number }
  | { kind: 'gre'; key?: number; protocol?: number }
  | { kind: 'vxlan'; network: number }
  | { kind: 'payload'; bytes: Uint8Array };

type IcmpFields = Omit<LayerOf<'icmp'>, 'kind'>;

export type LayerKind = FrameLayer['kind'];
export type LayerOf<Kind extends LayerKind> = Extract<FrameLayer, { kind: Kind }>;

/** A layer, and where it lies in the frame that is built. */
export interface Place {
  frame: Uint8Array;
  at: number;
  /** Where its payload ends. */
  end: number;
  /** The layer in it. */
  next: FrameLayer | undefined;
  /** Of the IP header around it: the words of the pseudo header, of a message of so many bytes. */
  pseudoSum(protocol: number, length: number): number;
}

/** What is to be known of a kind of layer. */
export interface LayerRules<Kind extends LayerKind> {
  /** How another layer announces it. */
  etherType?(layer: LayerOf<Kind>): number;
  protocol?(layer: LayerOf<Kind>): number;
  length(layer: LayerOf<Kind>): number;
  write(layer: LayerOf<Kind>, place: Place): void;
  /** What depends on what is inside: checksums. */
  finish?(layer: LayerOf<Kind>, place: Place): void;
}

const most16 = 0xffff;
const noOptions = new Uint8Array(0);

function etherTypeOf(next: FrameLayer | undefined): number {
  const rules = next && rulesOf(next);
  return rules?.etherType?.(next as never) ?? ethernet.EtherType.experimental;
}

function protocolOf(next: FrameLayer | undefined): number {
  const rules = next && rulesOf(next);
  return rules?.protocol?.(next as never) ?? IpProtocol.experimental;
}

const icmpRules = (protocol: number, fill: (place: Place) => void) => ({
  protocol: () => protocol,
  length: () => icmp.headerBytes,
  write({ type, code = 0, identifier = 0, sequence = 0 }: IcmpFields, { frame, at }: Place) {
    icmp.writeEcho(frame, at, type, identifier, sequence);
    put8(frame, at + 1, code);
  },
  finish: (_: IcmpFields, place: Place) => fill(place),
});

const rules: { [Kind in LayerKind]: LayerRules<Kind> } = {
  ethernet: {
    etherType: () => ethernet.EtherType.bridged,
    length: () => ethernet.headerBytes,
    write({ destination, source, type }, { frame, at, next }) {
      ethernet.write(frame, at, mac.parse(destination), mac.parse(source), type ?? etherTypeOf(next));
    },
  },
  vlan: {
    etherType: ({ isService = false }) => ethernet.EtherType[isService ? 'serviceVlan' : 'vlan'],
    length: () => vlan.tagBytes,
    write({ id, priority, type }, { frame, at, next }) {
      vlan.write(frame, at, vlan.tciOf(id, priority), type ?? etherTypeOf(next));
    },
  },
  arp: {
    etherType: () => ethernet.EtherType.arp,
    length: () => arp.messageBytes,
    write({ operation = arp.Operation.request, senderMac, senderIp, targetMac, targetIp }, { frame, at }) {
      const [sender, target] = [ipv4.parseAddress(senderIp), ipv4.parseAddress(targetIp)];
      arp.writeRequest(frame, at, mac.parse(senderMac), sender, target);
      put16(frame, at + 6, operation);
      if (targetMac !== undefined) frame.set(mac.parse(targetMac), at + arp.targetMacOffset);
    },
  },
  ipv4: {
    etherType: () => ethernet.EtherType.ipv4,
    protocol: () => IpProtocol.ipv4,
    length: ({ options = noOptions }) => ipv4.headerBytes + options.length,
    write(layer, { frame, at, end, next }) {
      const { flags = ipv4.Flag.dontFragment, fragmentOffset = 0, options = noOptions } = layer;
      const addresses = [ipv4.parseAddress(layer.source), ipv4.parseAddress(layer.destination)] as const;
      const total = checkInteger('the length of the datagram', end - at, 0, most16);
      ipv4.write(frame, at, total, layer.protocol ?? protocolOf(next), ...addresses);
      ipv4.setFragment(frame, at, flags, fragmentOffset);
      ipv4.setIdentification(frame, at, layer.identification ?? 0);
      ipv4.setTimeToLive(frame, at, layer.timeToLive ?? 64);
      frame.set(options, at + ipv4.optionsOffset);
      put8(frame, at, 0x40 | ((ipv4.headerBytes + options.length) >>> 2));
      ipv4.fillChecksum(frame, at);
    },
  },
  ipv6: {
    etherType: () => ethernet.EtherType.ipv6,
    protocol: () => IpProtocol.ipv6,
    length: () => ipv6.headerBytes,
    write({ source, destination, nextHeader, hopLimit = 64 }, { frame, at, end, next }) {
      const length = checkInteger('the length of the payload', end - at - ipv6.headerBytes, 0, most16);
      const addresses = [ipv6.parseAddress(source), ipv6.parseAddress(destination)] as const;
      ipv6.write(frame, at, length, nextHeader ?? protocolOf(next), ...addresses);
      ipv6.setHopLimit(frame, at, hopLimit);
    },
  },
  extension: {
    protocol: ({ header }) => header,
    length: ({ data }) => 2 + (data?.length ?? 6),
    write({ header, data = new Uint8Array(6), nextHeader }, { frame, at, next }) {
      const units = (data.length + 2) / 8;
      const isAuthentication = header === ipv6.Extension.authentication;
      put8(frame, at, nextHeader ?? protocolOf(next));
      put8(frame, at + 1, isAuthentication ? units * 2 - 2 : units - 1);
      frame.set(data, at + 2);
    },
  },
  fragment: {
    protocol: () => ipv6.Extension.fragment,
    length: () => 8,
    write({ offset, hasMore, identification, nextHeader }, { frame, at, next }) {
      ipv6.writeFragment(frame, at, nextHeader ?? protocolOf(next), offset, hasMore, identification);
    },
  },
  udp: {
    protocol: () => IpProtocol.udp,
    length: () => udp.headerBytes,
    write({ source, destination }, { frame, at, end }) {
      udp.write(frame, at, source, destination, end - at);
    },
    finish({ hasChecksum = true }, { frame, at, end, pseudoSum }) {
      if (hasChecksum) udp.fillChecksum(frame, at, pseudoSum(IpProtocol.udp, end - at));
    },
  },
  tcp: {
    protocol: () => IpProtocol.tcp,
    length: ({ options = noOptions }) => tcp.headerBytes + options.length,
    write(layer, { frame, at }) {
      const { sequence = 0, acknowledgment = 0, flags = tcp.Flag.ack, window = most16 } = layer;
      tcp.write(frame, at, layer.source, layer.destination, sequence, acknowledgment, flags);
      tcp.setWindow(frame, at, window);
      const options = layer.options ?? noOptions;
      frame.set(options, at + tcp.optionsOffset);
      put8(frame, at + 12, ((tcp.headerBytes + options.length) >>> 2) << 4);
    },
    finish(_, { frame, at, end, pseudoSum }) {
      tcp.fillChecksum(frame, at, end, pseudoSum(IpProtocol.tcp, end - at));
    },
  },
  sctp: {
    protocol: () => IpProtocol.sctp,
    length: () => sctp.headerBytes,
    write({ source, destination, verificationTag = 0 }, { frame, at }) {
      sctp.write(frame, at, source, destination, verificationTag);
    },
    finish: (_, { frame, at, end }) => sctp.fillChecksum(frame, at, end),
  },
  icmp: icmpRules(IpProtocol.icmp, ({ frame, at, end }) => icmp.fillChecksum(frame, at, end)),
  icmp6: icmpRules(IpProtocol.icmp6, ({ frame, at, end, pseudoSum }) =>
    icmp6.fillChecksum(frame, at, end, pseudoSum(IpProtocol.icmp6, end - at)),
  ),
  gre: {
    protocol: () => IpProtocol.gre,
    length: ({ key }) => gre.headerBytes + (key === undefined ? 0 : 4),
    write({ key, protocol }, { frame, at, next }) {
      const type = protocol ?? etherTypeOf(next);
      if (key === undefined) gre.write(frame, at, type);
      else gre.writeKeyed(frame, at, type, key);
    },
  },
  vxlan: {
    length: () => vxlan.headerBytes,
    write({ network }, { frame, at }) {
      vxlan.write(frame, at, network);
    },
  },
  payload: {
    length: ({ bytes }) => bytes.length,
    write: ({ bytes }, { frame, at }) => frame.set(bytes, at),
  },
};

/** The rules of a layer's kind. */
export function rulesOf(layer: FrameLayer): LayerRules<LayerKind> {
  return rules[layer.kind] as LayerRules<LayerKind>;
}
