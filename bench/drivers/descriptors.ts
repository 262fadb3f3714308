// The bits of native/nic/igbvf/descriptors.h that a driver in JavaScript needs.

export const rxDone = 1 << 0;
/** Of a frame that is to be handed on, DD and EOP alone of these are set. */
export const rxWhole = 0x97000003 | 0;
export const rxGood = 3;
/** DTYP_DATA, DEXT, IFCS, EOP. */
export const plainCommand = 0x00300000 | (1 << 29) | (1 << 25) | (1 << 24);
export const reportStatus = 1 << 27;
export const txDone = 1 << 0;
export const txLengthShift = 14;
