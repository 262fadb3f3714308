/** Millions, as rates are shown. */
export function mega(perSecond: number): string {
  return decimal(perSecond / 1e6, 3);
}

/** Without what shapes its peer or wire. */
export function shortAddress(address: string): string {
  return address.split(',', 1)[0]!;
}

/** Digits in groups of three, by spaces that need no locale. */
export function group(count: number): string {
  return grouped(String(count));
}

/** So many digits after the point, and those before it in groups. */
export function decimal(value: number, digits: number): string {
  return grouped(value.toFixed(digits));
}

function grouped(figure: string): string {
  return figure.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ');
}

/** A frame size as it was asked for: bytes with FCS, or the name of a mix. */
export function sizeName(size: string): string {
  return /^\d+$/.test(size) ? `${size} B` : size;
}

/** What figures of one kind are shown in, so that they can be compared by eye. */
export interface Unit {
  name: string;
  /** Of the base unit. */
  factor: number;
}

const rateUnits: readonly Unit[] = [
  { name: 'Mpps', factor: 1e6 },
  { name: 'kpps', factor: 1e3 },
  { name: 'pps', factor: 1 },
];

const timeUnits: readonly Unit[] = [
  { name: 's', factor: 1e9 },
  { name: 'ms', factor: 1e6 },
  { name: 'µs', factor: 1e3 },
  { name: 'ns', factor: 1 },
];

/** For frames per second up to `most`. */
export function rateUnit(most: number): Unit {
  return unitFor(rateUnits, most);
}

/** For nanoseconds up to `most`. */
export function timeUnit(most: number): Unit {
  return unitFor(timeUnits, most);
}

function unitFor(units: readonly Unit[], most: number): Unit {
  return units.find(({ factor }) => Math.abs(most) >= factor) ?? units.at(-1)!;
}

/** Three digits that count, more when there are more before the point. */
export function significant(value: number): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return decimal(value, Math.min(6, Math.max(0, 2 - magnitude)));
}

/** With its unit: `1.49 Mpps`. */
export function withUnit(value: number, unit: Unit): string {
  return `${significant(value / unit.factor)} ${unit.name}`;
}
