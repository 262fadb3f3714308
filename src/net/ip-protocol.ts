/** What follows an IP header: IPv4's protocol, IPv6's next header. Those that are only IPv6's are in {@link ipv6.Extension}. */
export const IpProtocol = {
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  icmp6: 58,
  /** IPv6: nothing follows. */
  none: 59,
  sctp: 132,
  /** For experiments and tests (RFC 3692). */
  experimental: 253,
} as const;
