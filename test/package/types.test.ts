import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitMs } from '../support/limits.ts';
import { install, root } from './support/packed.ts';

const consumer = `
import { setupLab, type Lab } from 'vfio-pmd/lab';
import { Layers, udp } from 'vfio-pmd/net';
import { type CaptureRecord, openCapture } from 'vfio-pmd/pcap';
import { createPool, net, openPort, PmdError, type Burst, type PoolToken } from 'vfio-pmd';

export async function use(): Promise<number> {
  const pool = await createPool({ buffers: 4096 });
  const port = await openPort('emu:a,peer=flood', { pool, rxRing: 512 });
  const burst: Burst = pool.createBurst(32);
  const token: PoolToken = pool.token;
  port.on('link', ({ up }) => console.log(up, token.pool));
  const received: number = port.rx[0].receive(burst);
  for await (const next of port.rx[0]) {
    const first: Buffer = next.frame(0);
    console.log(first.length);
    break;
  }
  await port.close();
  try {
    await pool.close();
  } catch (error) {
    if (error instanceof PmdError && error.code === 'ERR_PMD_BUSY') return error.errno ?? 0;
  }
  return received;
}

export async function lengths(file: string): Promise<number> {
  const reader = await openCapture(file);
  const record: CaptureRecord | undefined = reader.next();
  await reader.close();
  return record?.originalLength ?? 0;
}

export function portOf(frame: Uint8Array, layers = new Layers()): number | undefined {
  const isUdp = layers.read(frame, 0, frame.length) && layers.protocol === net.IpProtocol.udp;
  return isUdp ? udp.destinationPort(frame, layers.l4At) : undefined;
}

export const lab: () => Promise<Lab> = () => setupLab();

// @ts-expect-error: there is no such option
openPort('emu:a', { rings: 2 });
// @ts-expect-error: a code that does not exist
export const typo = (error: PmdError) => error.code === 'ERR_PMD_BUSSY';
`;

const settings = [
  { file: 'esm.mts', module: 'nodenext', moduleResolution: 'nodenext' },
  { file: 'cjs.cts', module: 'nodenext', moduleResolution: 'nodenext' },
  { file: 'bundled.ts', module: 'esnext', moduleResolution: 'bundler' },
  { file: 'commonjs.ts', module: 'commonjs', moduleResolution: 'bundler' },
];

describe('the packed types', function () {
  this.timeout(limitMs(1200));
  let project: string;

  before(() => {
    project = install();
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
  });

  for (const { file, module, moduleResolution } of settings) {
    it(`compile strictly: ${file}, module ${module}, resolution ${moduleResolution}`, () => {
      writeFileSync(join(project, file), consumer);
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      const options = [
        '--strict',
        '--noEmit',
        '--target',
        'es2022',
        '--types',
        'node',
        '--skipLibCheck',
        'false',
      ];
      const { status, stdout } = spawnSync(
        process.execPath,
        [compiler, ...options, '--module', module, '--moduleResolution', moduleResolution, file],
        { cwd: project, encoding: 'utf8' },
      );
      assert.equal(status, 0, stdout);
    });
  }
});
