/** Blocks that are read, written, or counted. */
export const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  journalExport: 9,
  sysdigEvent: 0x204,
  sysdigEventV2: 0x216,
  sysdigEventV2Large: 0x221,
  custom: 0x0bad,
  customNotCopied: 0x4000_0bad,
} as const;

export const byteOrderMagic = 0x1a2b3c4d;
export const swappedByteOrderMagic = 0x4d3c2b1a;

/** Options that are read or written: a code means something else in each kind of block. */
export const OptionCode = {
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceMac: 6,
  interfaceSpeed: 8,
  interfaceResolution: 9,
  interfaceFcsLength: 13,
  interfaceTimeOffset: 14,
  interfaceHardware: 15,
  packetFlags: 2,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const;

/** Nanoseconds, as an if_tsresol. */
export const nanosecondResolution = 9;
/** What holds without an if_tsresol. */
export const microsecondResolution = 6;
