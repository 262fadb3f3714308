import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `body` while every thread of Node's pool waits: what asks for one within it is not begun before it ends. */
export async function withThreadsOccupied<T>(body: () => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-threads-'));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const readers = Array.from({ length: threads }, () => open(pipe, 'r')); // each waits for a writer
  try {
    return await body();
  } finally {
    const writer = openSync(pipe, 'r+');
    for (const reader of await Promise.all(readers)) await reader.close();
    closeSync(writer);
    rmSync(directory, { recursive: true });
  }
}
