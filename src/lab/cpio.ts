/** One file, directory or symbolic link of an initramfs. */
export type CpioEntry =
  | { path: string; kind: 'directory' }
  | { path: string; kind: 'file'; data: Buffer; mode?: number };

const fileTypes = { directory: 0o040000, file: 0o100000 } as const;

/** Writes a "newc" cpio archive, the format that the kernel unpacks as its first root file system. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, index) => {
    const permissions = entry.kind === 'file' ? (entry.mode ?? 0o644) : 0o755;
    return member(entry.path, index + 1, fileTypes[entry.kind] | permissions, contents(entry));
  });
  return Buffer.concat([...members, member('TRAILER!!!', 0, 0, Buffer.alloc(0))]);
}

function contents(entry: CpioEntry): Buffer {
  return entry.kind === 'file' ? entry.data : Buffer.alloc(0);
}

function member(path: string, inode: number, mode: number, data: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`, 'utf8');
  const links = 1;
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header, 'latin1'), name])), padded(data)]);
}

/** Headers and data each start on a multiple of four bytes. */
function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
