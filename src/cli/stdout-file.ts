import type { WritableFile } from '../pcap/output-file.ts';

/** Standard output as a file to write a capture to. What a reader that has left does not take is no fault. */
export const stdoutFile: WritableFile = {
  write: (buffer, offset, length) =>
    new Promise((resolve, reject) => {
      process.stdout.write(buffer.subarray(offset, offset + length), (error) => {
        const { code } = (error ?? {}) as NodeJS.ErrnoException;
        if (error && code !== 'EPIPE') reject(error);
        else resolve({ bytesWritten: length });
      });
    }),
  truncate: async () => {},
  close: async () => {},
};
