import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createPool, openPort, type Port } from '../../src/index.ts';
import { runPmdBench } from '../cli/support/child.ts';
import { pmdError } from '../support/errors.ts';
import { type Closing, closing } from '../support/ports.ts';
import { skip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { readCorpus } from './fuzz.ts';
import { bytes, classicHeader, classicRecord } from './support/builder.ts';
import { capture } from './support/capture.ts';
import { decode, type KeptFrame } from './support/decode.ts';
import { useDirectory } from './support/directory.ts';
import { mutate, Random } from './support/mutate.ts';
import { needTools, readWithTshark } from './support/tools.ts';

const largestMtu = 10_218;

interface Received {
  data: Buffer;
  time: bigint;
}

/** What comes until the port says that no more does, and how that was: `end`, or the reason of its `removal`. */
async function receiveAll(port: Port): Promise<{ frames: Received[]; ending: string }> {
  let ending: string | undefined;
  port.once('end', () => {
    ending = 'end';
  });
  port.once('removal', (reason) => {
    ending = reason;
  });
  const burst = port.pool.createBurst(32, { columns: ['timestamp'] });
  const frames: Received[] = [];
  const take = () => {
    for (let count = port.rx[0].receive(burst); count > 0; count = port.rx[0].receive(burst)) {
      for (let i = 0; i < count; i++)
        frames.push({ data: Buffer.from(burst.frame(i)), time: burst.timestamps[i]! });
      burst.release();
    }
  };
  await until('the end', () => {
    try {
      take();
    } catch (error) {
      // The port is closed a moment before it says why.
      pmdError('ERR_PMD_REMOVED')(error);
    }
    return ending !== undefined;
  });
  return { frames, ending: ending! };
}

describe('pcap: ports', () => {
  const path = useDirectory();
  let files = 0;

  function file(...parts: readonly Uint8Array[]): string {
    const name = path(`${files++}.pcap`);
    writeFileSync(name, Buffer.concat(parts));
    return name;
  }

  const openFile = (open: Closing, name: string, options = '', mtu = largestMtu) =>
    open.port(`pcap:${name}${options}`, { mtu });

  it(
    'receive the frames of a file with their times, emit `end`, and end their iterators',
    closing(async (open) => {
      const contents = capture(1000);
      const port = await openFile(open, file(contents));
      const ended = once(port, 'end');
      const times: bigint[] = [];
      const lengths: number[] = [];
      for await (const burst of port.rx[0].bursts({ columns: ['timestamp'] })) {
        times.push(...burst.timestamps.subarray(0, burst.count));
        lengths.push(...burst.lengths.subarray(0, burst.count));
      }
      await ended;
      const { frames } = decode(contents);
      assert.deepEqual(times, frames.map(timeOf));
      assert.deepEqual(
        lengths,
        frames.map(({ data }) => data.length),
      );
      assert.equal(port.state, 'running');
      assert.equal(port.stats().rxPackets, 1000);
      assert.equal(port.capabilities.ends, true);
    }),
  );

  for (const format of ['pcap', 'pcapng']) {
    it(
      `write ${format} files in which each frame has its time`,
      closing(async (open) => {
        const contents = capture(1000);
        const pool = await open.pool({ dataRoom: 10_240 });
        const from = await open.port(`pcap:${file(contents)}`, { pool });
        const out = path(`out.${format}`);
        const to = await open.port(`pcap:,out=${out}`, { pool });
        for await (const burst of from.rx[0].bursts({ columns: ['timestamp'] })) to.tx[0].send(burst);
        const seen = ({ frames }: { frames: KeptFrame[] }) =>
          frames.map(({ data, ...frame }) => [timeOf(frame), data.toString('hex')]);
        assert.equal(to.stats().txPackets, 1000);
        assert.deepEqual(seen(decode(readFileSync(out))), seen(decode(contents)));
        if (format === 'pcap') assert.deepEqual(readFileSync(out), contents, 'byte by byte');
      }),
    );
  }

  it(
    'write the time of the clock where a frame has none',
    closing(async (open) => {
      const out = path('now.pcap');
      const port = await open.port(`pcap:,out=${out}`);
      const burst = port.pool.createBurst(4);
      burst.append(bytes(60));
      const before = BigInt(Date.now()) * 1_000_000n;
      assert.equal(port.tx[0].send(burst), 1);
      const after = BigInt(Date.now() + 1) * 1_000_000n;
      const { frames } = decode(readFileSync(out));
      assert.equal(frames.length, 1);
      const time = timeOf(frames[0]!);
      assert.ok(before <= time && time <= after, `${before} ${time} ${after}`);
    }),
  );

  it(
    'refuse a time that classic pcap cannot hold, before anything is written',
    closing(async (open) => {
      const out = path('late.pcap');
      const port = await open.port(`pcap:,out=${out}`);
      const burst = port.pool.createBurst(4, { columns: ['timestamp'] });
      for (let i = 0; i < 2; i++) burst.append(bytes(60));
      const end = 2n ** 32n * 1_000_000_000n;
      burst.timestamps.set([end - 1n, end]);
      assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 1/));
      burst.timestamps[1] = end - 1n;
      assert.equal(port.tx[0].send(burst), 2);
      assert.deepEqual(decode(readFileSync(out)).frames.map(timeOf), [end - 1n, end - 1n]);
    }),
  );

  it(
    'write a frame of several buffers as one',
    closing(async (open) => {
      const out = path('chain.pcap');
      const port = await open.port(`pcap:,out=${out}`, {
        mtu: 9000,
        pool: await open.pool({ dataRoom: 10_240 }),
      });
      const burst = port.pool.createBurst(4);
      const parts = [bytes(2000, 1), bytes(2000, 2), bytes(500, 3)];
      for (const part of parts) burst.append(part);
      burst.chain(0, 3);
      assert.equal(port.tx[0].send(burst), 3);
      const { frames } = decode(readFileSync(out));
      assert.deepEqual(
        frames.map(({ data }) => data),
        [Buffer.concat(parts)],
      );
    }),
  );

  it(
    'discard what is sent where no file is written, and count it',
    closing(async (open) => {
      const port = await openFile(open, file(capture(1)));
      const burst = port.pool.createBurst(4);
      burst.append(bytes(60));
      assert.equal(port.tx[0].send(burst), 1);
      const { txPackets, device } = port.stats();
      assert.deepEqual([txPackets, device.txUndelivered], [1, 1]);
    }),
  );

  it(
    'drop frames longer than the MTU allows, or shorter than a header, and count them',
    closing(async (open) => {
      const name = file(capture(3, (i) => [13, 1518, 1519][i]!));
      const port = await openFile(open, name, '', 1500);
      const { frames, ending } = await receiveAll(port);
      assert.deepEqual([ending, frames.length, frames[0]?.data.length], ['end', 1, 1518]);
      assert.deepEqual(port.stats().rxDropped, { errors: 0, oversize: 1, malformed: 1 });
    }),
  );

  it(
    'begin again with `loop`, and never end',
    closing(async (open) => {
      const port = await openFile(open, file(capture(7)), ',loop');
      assert.equal(port.capabilities.ends, false);
      const burst = port.pool.createBurst(1024);
      assert.equal(port.rx[0].receive(burst, 21), 21);
      const data = Array.from({ length: 21 }, (_, i) => Buffer.from(burst.frame(i)).toString('hex'));
      assert.deepEqual(data.slice(7), data.slice(0, 14));
      burst.release();
    }),
  );

  it(
    'hand a frame on no earlier than it was captured, after the first, with `original-time`',
    closing(async (open) => {
      const at = (fraction: number) => classicRecord('little', bytes(60), { seconds: 1, fraction });
      const name = file(classicHeader('little'), at(0), at(30_000), at(90_000));
      const port = await openFile(open, name, ',original-time');
      const arrivals: number[] = [];
      for await (const burst of port.rx[0].bursts({ timestamps: true }))
        for (let i = 0; i < burst.count; i++) arrivals.push(burst.timestampNs);
      assert.equal(arrivals.length, 3);
      assert.ok(arrivals[1]! - arrivals[0]! >= 29e6, `${arrivals}`);
      assert.ok(arrivals[2]! - arrivals[0]! >= 89e6, `${arrivals}`);
    }),
  );

  it(
    'take multicast addresses, since they receive every frame',
    closing(async (open) => {
      const port = await open.port(`pcap:,out=${path('multicast.pcap')}`);
      await port.setMulticast(['01:00:5e:00:00:07']);
      await port.setMulticast([], true);
    }),
  );

  it('read what the decoder of vfio-pmd/pcap reads, also of damaged files', async () => {
    const corpus = readCorpus();
    const random = new Random(7);
    let whole = 0;
    let damaged = 0;
    const inputs = [...corpus, ...Array.from({ length: 500 }, () => mutate(corpus, random))];
    const pool = await createPool({ buffers: 2048, dataRoom: 10_240, hugePages: 'never' });
    for (const [i, contents] of inputs.entries()) {
      const name = path('input');
      writeFileSync(name, contents);
      const theirs = expected(contents);
      let port: Port;
      try {
        port = await openPort(`pcap:${name}`, { mtu: largestMtu, pool });
      } catch (error) {
        pmdError('ERR_PMD_CAPTURE_FILE')(error);
        assert.ok(theirs.isFaulty && theirs.frames.length === 0, `file ${i}: ${error}`);
        damaged++;
        continue;
      }
      const { frames, ending } = await receiveAll(port);
      await port.close();
      assert.equal(ending !== 'end', theirs.isFaulty, `file ${i}: ${ending}`);
      assert.deepEqual(frames, theirs.frames, `file ${i}`);
      theirs.isFaulty ? damaged++ : whole++;
    }
    await pool.close();
    assert.ok(whole > 50 && damaged > 50, `${whole} whole, ${damaged} damaged`);
  });

  it('carry a file through `fwd` into a file that tshark sees as the same', async function () {
    needTools(this, 'tshark');
    const from = file(capture(500));
    for (const name of ['copy.pcap', 'copy.pcapng']) {
      const to = path(name);
      const { code, stderr } = await runPmdBench(['fwd', `pcap:${from}`, `pcap:,out=${to}`, '--mode', 'io']);
      assert.equal(code, 0, stderr);
      const [ours, theirs] = await Promise.all([readWithTshark(to), readWithTshark(from)]);
      assert.equal(theirs.length, 500);
      assert.deepEqual(ours, theirs);
    }
  });

  describe('that cannot go on', () => {
    it(
      'say where a file breaks off, after the frames before',
      closing(async (open) => {
        const name = file(capture(100));
        truncateSync(name, readFileSync(name).length - 1);
        const { frames, ending } = await receiveAll(await openFile(open, name));
        assert.equal(frames.length, 99);
        assert.match(ending, /^.*\.pcap: byte \d+: found the file breaks off \(.*editcap.*\)$/);
      }),
    );

    it('end a command with the reason', async () => {
      const name = file(capture(100).subarray(0, -1));
      const { code, stderr } = await runPmdBench(['rx', `pcap:${name}`]);
      assert.equal(code, 1);
      assert.match(stderr, /removed: .*breaks off/);
    });

    it('keep a whole file, and the frames that are not in it, when the disk is full', async function () {
      const mount = path('small-disk');
      mkdirSync(mount);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount], { stdio: 'pipe' });
      } catch (error) {
        skip(this, `no small file system to fill: ${(error as Error).message.trim()}`);
      }
      try {
        const out = `${mount}/full.pcap`;
        const port = await openPort(`pcap:,out=${out}`);
        const removed = once(port, 'removal');
        const burst = port.pool.createBurst(32);
        let sent = 0;
        do {
          while (burst.count < 32) burst.append(bytes(1500, sent));
          sent += port.tx[0].send(burst);
        } while (burst.count === 0);
        const [reason] = (await removed) as [string];
        assert.match(reason, /full\.pcap: cannot be written: No space left on device; .*\(make room/);
        assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_REMOVED'));
        burst.release();
        await port.close();
        const { frames, error } = decode(readFileSync(out));
        assert.equal(error, undefined);
        assert.ok(sent > 100);
        assert.equal(frames.length, sent);
      } finally {
        execFileSync('umount', [mount]);
      }
    });
  });
});

function timeOf({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/** What a port is to make of a file, according to the decoder in src/. */
function expected(contents: Uint8Array): { frames: Received[]; isFaulty: boolean } {
  const { frames, error } = decode(contents);
  const foreign = frames.findIndex(({ linkType }) => linkType !== 1);
  const ethernet = foreign < 0 ? frames : frames.slice(0, foreign);
  const received = ethernet.flatMap((frame) => {
    const { data, originalLength, fcsLength, hasTimestamp } = frame;
    const length = Math.min(data.length, Math.max(0, originalLength - fcsLength));
    if (length < 14 || length > largestMtu + 18) return [];
    const time = hasTimestamp ? timeOf(frame) : 0n;
    return [{ data: data.subarray(0, length), time: time < 0n ? 0n : time }];
  });
  return { frames: received, isFaulty: error !== undefined || foreign >= 0 };
}
