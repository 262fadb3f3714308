/** Millions, as rates are shown. */
export function mega(perSecond: number): string {
  return (perSecond / 1e6).toFixed(3);
}

/** Without what shapes its peer or wire. */
export function shortAddress(address: string): string {
  return address.split(',', 1)[0]!;
}

/** Digits in groups of three, by spaces that need no locale. */
export function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
