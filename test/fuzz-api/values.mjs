// Values that nobody should pass, and what they do when they are looked at.

/** What a hostile value throws itself: it may come out of any call. */
export class Mischief extends Error {}

const edges = [
  ...[0, 1, 2, 3, 13, 14, 31, 32, 63, 64, 255, 256, 1023, 1024, 1025, 2048, 4095, 4096, 65535, 65536],
  ...[2 ** 20, 2 ** 20 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -(2 ** 31), -0],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 1e-300, 1e300],
];

const plain = [
  ...[
    undefined,
    null,
    true,
    false,
    '',
    'x',
    '__proto__',
    'constructor',
    'length',
    '0',
    '1e3',
    0n,
    1n,
    2n ** 64n,
  ],
  ...['\u0000', '\u001b[31m', '\ud800', 'a'.repeat(2000), Symbol('hostile'), Symbol.iterator],
];

const addresses = [
  ...[
    'emu:',
    'emu:a b',
    'emu:x,peer=',
    'emu:x,peer=flood,size=1',
    'emu:x,rate=-1',
    'emu:x,delay=1e99',
    'emu',
  ],
  ...[
    '0000:01:10.0',
    '0000:ff:1f.7',
    'packet:lo',
    `emu:${'n'.repeat(300)}`,
    'emu:\u202e',
    '/dev/vfio/1',
    'emu:x,,',
  ],
];

const macs = [
  '02:00:00:00:00:01',
  '01:00:5e:00:00:01',
  '00:00:00:00:00:00',
  'ff:ff:ff:ff:ff:ff',
  '02:00:00:00:00',
];

/** A Uint8Array that says another length than it has. */
function forgedLength(random) {
  const bytes = new Uint8Array(random.pick([0, 13, 64, 1500, 2048, 4096, 9000])).fill(0xee);
  const length = random.pick([60, 0, -1, 2 ** 32, Number.NaN, 'x']);
  for (const name of ['length', 'byteLength', 'byteOffset'])
    if (random.oneIn(2)) Object.defineProperty(bytes, name, { value: length, configurable: true });
  if (random.oneIn(4)) Object.defineProperty(bytes, 'buffer', { value: new ArrayBuffer(8) });
  if (random.oneIn(4)) bytes[Symbol.iterator] = endless;
  return bytes;
}

function* endless() {
  for (let i = 0; i < 1e5; i++) yield '01:00:5e:00:00:01';
  throw new Mischief('the iterator has run far enough');
}

/** Does something else, and gives that value. */
export function acting(act, value) {
  return () => {
    act();
    return value;
  };
}

/** A list that lies about its entries, its length or its iterator. */
export function forgedList(random, act) {
  const list = Array.from({ length: random.below(4) }, () => random.pick(macs));
  switch (random.below(7)) {
    case 0:
      list[Symbol.iterator] = endless;
      return list;
    case 5: {
      const more = Array(random.pick([200, 2000])).fill('01:00:5e:00:00:01');
      list[Symbol.iterator] = () => more.values();
      return list;
    }
    case 1:
      list.length = random.pick([1000, 2 ** 20]);
      return list;
    case 2:
      return Object.defineProperty(list, 0, { get: acting(act, random.pick(macs)), configurable: true });
    case 3: {
      let length = 0; // a longer list at each look
      return new Proxy(list, {
        get: (target, key) => {
          if (key !== 'length') return target[key] ?? random.pick(macs);
          length = Math.min(length + random.below(40), 10_000);
          return length;
        },
      });
    }
    case 4:
      return { length: 3, 0: macs[1], 1: macs[1], 2: macs[1], [Symbol.iterator]: endless };
    default:
      return list;
  }
}

/** An object of options whose getters act, throw, or answer differently each time. */
export function forgedOptions(random, names, act) {
  const options = {};
  for (const name of names) {
    if (random.oneIn(3)) continue;
    const value = hostileValue(random, act);
    const get = random.pick([() => value, acting(act, value), () => hostileValue(random, act)]);
    if (random.oneIn(2)) options[name] = value;
    else Object.defineProperty(options, name, { get, enumerable: true });
  }
  if (random.oneIn(20)) options[random.pick(['capacty', '__proto__x', Symbol.toStringTag])] = 1;
  return random.oneIn(8) ? new Proxy(options, {}) : options;
}

/** An object that acts when it is made a number, a string or a key. */
function coercible(random, act) {
  const result = random.pick([...edges, 'x', Symbol.iterator]);
  const answer = () => {
    act();
    if (random.oneIn(4)) throw new Mischief('it was made a primitive');
    return result;
  };
  return random.pick([
    { valueOf: answer, toString: answer },
    { [Symbol.toPrimitive]: answer },
    Object.assign(() => 0, { valueOf: answer }),
  ]);
}

/** Memory of unusual kinds. */
function memory(random) {
  const size = random.pick([0, 64, 4096]);
  switch (random.below(6)) {
    case 0:
      return new Uint8Array(new SharedArrayBuffer(size));
    case 1:
      return new Uint8Array(new ArrayBuffer(size, { maxByteLength: 8192 })); // its length follows the buffer's
    case 2: {
      const bytes = new Uint8Array(size);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      return bytes;
    }
    case 3:
      return Object.setPrototypeOf(new Float64Array(8), Uint8Array.prototype);
    case 4:
      return Object.create(Uint8Array.prototype);
    default:
      return new DataView(new ArrayBuffer(size));
  }
}

/** Any value. `act` is called when the value is looked at, and may do anything. */
export function hostileValue(random, act) {
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return random.pick(edges);
    case 3:
      return random.pick(plain);
    case 4:
      return random.pick(addresses);
    case 5:
      return random.pick(macs);
    case 6:
      return forgedLength(random);
    case 7:
      return forgedList(random, act);
    case 8:
      return forgedOptions(random, ['a', 'length', 'kind', 'aborted', 'token'], act);
    case 9:
      return coercible(random, act);
    case 10:
      return memory(random);
    default:
      return random.pick([() => act(), () => 1, [], {}, new Date(0), /x/, new Map(), new Proxy({}, {})]);
  }
}

export { edges, macs };
