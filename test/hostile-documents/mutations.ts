import type { Random } from '../pcap/support/mutate.ts';

/** One change of a document: a seed of its own, so that changes can be left out one by one. */
export type Change = number;

type Json = unknown;
type Holder = Record<string, Json>;

/** A place in a document. */
interface Place {
  holder: Holder;
  key: string;
}

const hostileTexts = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '\u001b]0;title\u0007',
  '\u009b31m',
  '\u202etxt.exe',
  '</script><script>',
  'x'.repeat(10_000),
];

/** Beyond what JSON.stringify writes: JSON.parse makes Infinity of 1e999. */
const infinite = '"@infinite@"';
/** And what it has no stack for. */
const deep = '"@deep@"';
const depth = 100_000;
const hostileNumbers = [
  0,
  -0,
  -1,
  0.5,
  1e-300,
  5e-324,
  1e15,
  2 ** 53,
  1e19,
  1e21,
  1e300,
  1.7976931348623157e308,
  '@infinite@',
];

/** The document's text after all changes, each made by the random numbers of its seed. */
export function changed(
  document: object,
  changes: readonly Change[],
  random: (seed: number) => Random,
): string {
  const root: Holder = { document: structuredClone(document) };
  let text: ((json: string) => string) | undefined;
  for (const change of changes) text = changeOnce(root, random(change)) ?? text;
  const json =
    JSON.stringify(root['document'])
      ?.replaceAll(infinite, '1e999')
      .replace(deep, () => '['.repeat(depth) + ']'.repeat(depth)) // the first: all of them may be longer than a text can be
      .replaceAll(deep, '[]') ?? '';
  return text === undefined ? json : text(json);
}

/** Changes the tree; or returns what is to be done to its text. */
function changeOnce(root: Holder, random: Random): ((json: string) => string) | undefined {
  const places = placesOf(root);
  if (places.length === 0) return undefined;
  const { holder, key } = random.pick(places);
  switch (random.below(11)) {
    case 0:
      holder[key] = random.pick(hostileNumbers);
      return undefined;
    case 1:
      holder[key] = random.pick(hostileTexts);
      return undefined;
    case 2:
      holder[key] = random.pick<Json>([null, true, false, [], {}, [[]], [null]]);
      return undefined;
    case 3:
      delete holder[key];
      return undefined;
    case 4:
      define(holder, random.pick(hostileTexts), random.pick<Json>([1, 'x', null, {}, { a: 1 }]));
      return undefined;
    case 5:
      holder[key] = random.pick([nested(10), nested(100), '@deep@']);
      return undefined;
    case 6:
      resize(holder[key], random);
      return undefined;
    default:
      return random.below(3) > 0 ? changeNumber(root, random) : changeText(random);
  }
}

/** Numbers are most of a document, and most of what is calculated with. */
function changeNumber(root: Holder, random: Random): undefined {
  const numbers = placesOf(root).filter(({ holder, key }) => typeof holder[key] === 'number');
  if (numbers.length === 0) return undefined;
  const { holder, key } = random.pick(numbers);
  holder[key] = random.pick(hostileNumbers);
  return undefined;
}

function changeText(random: Random): (json: string) => string {
  const place = random.below(2 ** 30);
  const kind = random.below(3);
  return (json) => {
    const at = place % (json.length + 1);
    if (kind === 0) return json.slice(0, at);
    return kind === 1 ? `${json.slice(0, at)}\u009b\u0000${json.slice(at)}` : `${json}\n${json.slice(0, at)}`;
  };
}

function resize(value: Json, random: Random): void {
  if (!Array.isArray(value)) return;
  const kind = random.below(3);
  if (kind === 0) value.length = 0;
  else if (kind === 1) value.reverse();
  else if (value.length > 0)
    for (const copy of copies(value[0], random.pick([1, 10, 150_000]))) value.push(copy);
}

const mostCopiedBytes = 20_000_000;

/**
 * Each is a value of its own, and all of them have few bytes: a later change, which may make many of one again, could otherwise make
 * the document's text longer than a string can be.
 */
function copies(value: Json, wanted: number): Json[] {
  const text = JSON.stringify(value);
  const count = Math.min(wanted, Math.floor(mostCopiedBytes / text.length));
  return JSON.parse(`[${Array(count).fill(text).join()}]`);
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

function define(holder: Holder, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

const mostPlaces = 20_000;

/** Everywhere in the document, up to some depth and number. */
function placesOf(root: Holder): Place[] {
  const places: Place[] = [];
  const holders = [root];
  for (let i = 0; i < holders.length && places.length < mostPlaces; i++) {
    const holder = holders[i]!;
    for (const key of Object.keys(holder).slice(0, 200)) {
      places.push({ holder, key });
      const value = holder[key];
      if (typeof value === 'object' && value !== null && places.length < mostPlaces)
        holders.push(value as Holder);
    }
  }
  return places;
}
