import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runInGuest } from '../../src/lab/index.ts';
import { limitSeconds } from '../support/limits.ts';
import { untilSeen } from '../support/until.ts';
import { Collector } from './support/collector.ts';

const pings = 50;

/** Cuts a stream into the frames that it carries. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      yield Buffer.from(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  }
}

/** Makes the answer of a ping, in place; its checksum gets right as the type falls from 8 to 0. */
function answer(frame: Buffer): void {
  for (const [a, b, length] of [
    [0, 6, 6],
    [26, 30, 4],
  ] as const) {
    const first = Buffer.from(frame.subarray(a, a + length));
    frame.copy(frame, a, b, b + length);
    first.copy(frame, b);
  }
  frame[34] = 0;
  const sum = frame.readUInt16BE(36) + 0x0800;
  frame.writeUInt16BE((sum & 0xffff) + (sum >> 16), 36);
}

/** Connects once QEMU has made the socket. */
async function connected(path: string): Promise<Socket> {
  await untilSeen('the socket of the wire', () => existsSync(path));
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

/** Answers every ping on the wire until the guest ends. */
async function answerPings(socket: Socket): Promise<number> {
  let answered = 0;
  for await (const frame of framesOf(socket)) {
    const isPing = frame.readUInt16BE(12) === 0x0800 && frame[23] === 1 && frame[34] === 8;
    if (!isPing) continue;
    answer(frame);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    socket.write(Buffer.concat([length, frame]));
    answered++;
  }
  return answered;
}

describe('the wire of a guest', () => {
  it('ends at a socket of the host, where a program answers every ping', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lab-wire-'));
    const wire = join(directory, 'socket');
    const [stdout, stderr] = [new Collector(), new Collector()];
    const script = `
      ip address add 10.77.0.1/24 dev eth0 && ip neighbour add 10.77.0.2 lladdr 02:00:00:00:00:02 dev eth0
      read go && exec /run/lab/busybox ping -q -A -c ${pings} -s 1000 10.77.0.2`;
    const input = new PassThrough();
    const guest = runInGuest({
      command: ['sh', '-c', script],
      stdin: input,
      stdout,
      stderr,
      wire,
      bootTimeoutSeconds: limitSeconds(250),
      timeoutSeconds: limitSeconds(280),
    });
    const answered = connected(wire).then((socket) => {
      input.write('go\n'); // the guest pings only when somebody listens
      return answerPings(socket);
    });
    const { exitCode } = await guest;
    assert.equal(exitCode, 0, stderr.text);
    // ping sends one more where an answer takes longer than it expects, and does not wait for the answer to that.
    assert.match(stdout.text, new RegExp(`\\b${pings} packets received`));
    assert.ok((await answered) >= pings);
    await rm(directory, { recursive: true });
  });
});
