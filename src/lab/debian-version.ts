/**
 * Compares two Debian version strings as `dpkg --compare-versions` does.
 *
 * @returns a negative number when `left` is older, positive when it is newer, 0 when they are equal.
 */
export function compareDebianVersions(left: string, right: string): number {
  const a = splitVersion(left);
  const b = splitVersion(right);
  return a.epoch - b.epoch || comparePart(a.upstream, b.upstream) || comparePart(a.revision, b.revision);
}

interface VersionParts {
  epoch: number;
  upstream: string;
  revision: string;
}

function splitVersion(version: string): VersionParts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Alternates runs of non-digits, compared by rank, and runs of digits, compared as numbers. */
function comparePart(left: string, right: string): number {
  const a: string[] = left.match(/\D+|\d+/g) ?? [];
  const b: string[] = right.match(/\D+|\d+/g) ?? [];
  if (/^\d/.test(left)) a.unshift('');
  if (/^\d/.test(right)) b.unshift('');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = i % 2 === 0 ? compareText(a[i] ?? '', b[i] ?? '') : Number(a[i] ?? 0) - Number(b[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function compareText(left: string, right: string): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = rank(left[i]) - rank(right[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~` sorts before the end of the string, letters before everything else. */
function rank(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
