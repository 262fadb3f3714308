import assert from 'node:assert/strict';
import { chownSync, closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { openPort } from '../../src/index.ts';
import { skip } from '../support/skip.ts';
import { assertDocumented } from './support/documented.ts';
import { groupNode, Nic } from './support/nic.ts';
import { Program } from './support/program.ts';
import { guestSuite } from './support/suite.ts';
import { Systemd } from './support/systemd.ts';

const nobody = 65534;
const buffers = 2048;
const { EACCES, EBUSY, ENOMEM } = constants.errno;

type Said = Record<string, unknown> & { code: string; message: string };

/** Runs a command as a user without any privilege. */
const asNobody = (memlockBytes: number) => [
  ...['prlimit', `--memlock=${memlockBytes}:${memlockBytes}`],
  ...['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
];

/** Runs a command that sees neither /sys nor nodes of VFIO. */
const blind = [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount -t tmpfs none /sys && mount -t tmpfs none /dev/vfio && exec "$@"',
  'sh',
];

/** What programs/open-port.ts says of opening `address` as a user without any privilege. */
async function openAsNobody(address: string, memlockBytes: number): Promise<Said> {
  const program = new Program('open-port', [address, `${buffers}`], asNobody(memlockBytes));
  assert.equal(await program.ended, 0, program.errors);
  return JSON.parse(program.lines[0]!);
}

guestSuite('a user without privileges', () => {
  const address = () => Nic.ofGuest().vf(0);
  const plenty = 64 << 20;
  const give = () => chownSync(groupNode(address()), nobody, nobody);
  afterEach(() => chownSync(groupNode(address()), 0, 0));

  it('is told whom to ask while the group node is not theirs', async () => {
    const node = groupNode(address());
    const error = await openAsNobody(address(), plenty);
    assert.deepEqual(
      [error['code'], error['errno'], error['syscall'], error['address']],
      ['ERR_PMD_ACCESS', EACCES, 'open', address()],
    );
    assert.match(String(error['hint']), new RegExp(`chown .*${node}`));
    assertDocumented('EACCES: the group node is another user’s', error);
  });

  it('owns a port with nothing but the group node and a memlock limit', async () => {
    give();
    const result = await openAsNobody(address(), plenty);
    assert.equal(result['uid'], nobody, JSON.stringify(result));
    assert.deepEqual(result['tally'], result['expected']);
  });

  it('owns a port with descriptors that it was handed over a socket, and opens no path', async () => {
    const handOver = join(import.meta.dirname, '../../hand-over');
    const before = [handOver, groupNode(address()), ...blind, ...asNobody(plenty)];
    const program = new Program('open-port', [address(), `${buffers}`, '3', '4'], before);
    assert.equal(await program.ended, 0, program.errors);
    const result = JSON.parse(program.lines[0]!);
    assert.equal(result.uid, nobody, program.lines[0]);
    assert.deepEqual(result.tally, result.expected);
  });

  it('owns a port as the systemd service of docs/setup.md', async function () {
    if (!Systemd.isInstalled) skip(this, 'there is no systemd: apt-get install systemd');
    const page = readFileSync(join(import.meta.dirname, '../../../docs/setup.md'), 'utf8');
    const unit = /```ini\n(.*?)```/s.exec(page)![1]!;
    const program = join(import.meta.dirname, 'programs/open-port.js');
    const text = unit
      .replace(/^User=.*$/m, `User=${nobody}`)
      .replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath} ${program} %I ${buffers}`)
      .replace(/^Restart=.*$/m, 'Restart=no');
    give();
    const systemd = Systemd.start(`frames@${address()}.service`, text);
    try {
      const result = JSON.parse(await systemd.firstLine());
      assert.equal(result.uid, nobody, JSON.stringify(result));
      assert.deepEqual(result.tally, result.expected);
    } finally {
      await systemd.stop();
    }
  });

  it('is told which descriptor is wrong', async () => {
    const group = openSync(groupNode(address()), 'r+');
    const container = openSync('/dev/vfio/vfio', 'r+');
    const other = openSync('/dev/null', 'r+');
    try {
      const attempt = (fds: { container: number; group: number }) => openPort(address(), { fds });
      await assert.rejects(attempt({ container: other, group }), {
        code: 'ERR_PMD_VFIO',
        message: /container/,
      });
      await assert.rejects(attempt({ container, group: other }), { code: 'ERR_PMD_VFIO', message: /group/ });
      await assert.rejects(openPort(Nic.ofGuest().vf(1), { fds: { container, group } }), {
        code: 'ERR_PMD_NO_DEVICE',
      });
      const port = await attempt({ container, group });
      await port.close();
    } finally {
      for (const fd of [group, container, other]) closeSync(fd);
    }
  });

  it('is told by how much the memlock limit is too small, and that much is enough', async () => {
    give();
    const limit = 1 << 20;
    const error = await openAsNobody(address(), limit);
    assert.deepEqual(
      [error['code'], error['errno'], error['syscall']],
      ['ERR_PMD_MEMLOCK', ENOMEM, 'VFIO_IOMMU_MAP_DMA'],
    );
    const needed = /needs (\d+) bytes of locked memory in all, but the limit is (\d+)/.exec(
      String(error['message']),
    );
    assert.equal(Number(needed?.[2]), limit);
    assert.match(String(error['hint']), new RegExp(`ulimit -l ${Math.ceil(Number(needed![1]) / 1024)} `));
    assertDocumented('memlock limit too small', error);
    const result = await openAsNobody(address(), Number(needed![1]));
    assert.deepEqual(result['tally'], result['expected'], JSON.stringify(result));
  });

  it('is told which process has the VF open', async () => {
    const port = await openPort(address());
    try {
      const error = await openAsRoot(address());
      assert.deepEqual([error['code'], error['errno']], ['ERR_PMD_BUSY', EBUSY]);
      assert.match(String(error['message']), new RegExp(`pid ${process.pid} \\(`));
      assertDocumented('EBUSY: another process has it open', error);
      await assert.rejects(openPort(address()), { code: 'ERR_PMD_BUSY', message: /this process itself/ });
    } finally {
      await port.close();
    }
  });
});

/** Only who may look into other processes can be told which one it is. */
async function openAsRoot(address: string): Promise<Said> {
  const program = new Program('open-port', [address, `${buffers}`]);
  assert.equal(await program.ended, 0, program.errors);
  return JSON.parse(program.lines[0]!);
}
