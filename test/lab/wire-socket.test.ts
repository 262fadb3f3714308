import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { runInGuest } from '../../src/lab/index.ts';
import { isWirePathTooLong, WireSocket } from '../../src/lab/wire-socket.ts';
import { useDirectory } from '../pcap/support/directory.ts';

describe('the socket of a wire', () => {
  const path = useDirectory();
  afterEach(() => rmSync(path('wire'), { force: true }));

  /** What QEMU does. */
  async function listen(socket: WireSocket): Promise<Server> {
    const server = createServer((connection) => connection.end('frames')).listen(socket.path);
    await once(server, 'listening');
    return server;
  }

  it('is seen once it is made, takes connections, and leaves nothing behind', async () => {
    const socket = await WireSocket.prepare(path('wire'));
    const server = await listen(socket);
    assert.equal(existsSync(path('wire')), false);
    await socket.publish();
    const connection = connect(path('wire'));
    assert.equal(String((await once(connection, 'data'))[0]), 'frames');
    connection.destroy();
    await socket.remove();
    server.close();
    assert.deepEqual(readdirSync(path('')), []);
  });

  it('is not made where a file is, which stays, and no guest is started', async () => {
    writeFileSync(path('wire'), 'a letter');
    const guest = runInGuest({ command: ['true'], wire: path('wire'), qemu: '/nonexistent' });
    await assert.rejects(guest, { code: 'ERR_PMD_LAB', message: /there is something at \S+wire already/ });
    assert.equal(readFileSync(path('wire'), 'utf8'), 'a letter');
    assert.deepEqual(readdirSync(path('')), ['wire']);
  });

  it('is not made where a link is that leads nowhere', async () => {
    symlinkSync(path('nowhere'), path('wire'));
    await assert.rejects(WireSocket.prepare(path('wire')), /there is something at/);
    assert.deepEqual(readdirSync(path('')), ['wire']);
  });

  it('replaces no file that appears while the guest boots', async () => {
    const socket = await WireSocket.prepare(path('wire'));
    const server = await listen(socket);
    writeFileSync(path('wire'), 'a letter');
    await assert.rejects(socket.publish(), /there is something at \S+wire already/);
    await socket.remove();
    server.close();
    assert.equal(readFileSync(path('wire'), 'utf8'), 'a letter');
  });

  it('takes no file away that stands in its place by the end', async () => {
    const socket = await WireSocket.prepare(path('wire'));
    const server = await listen(socket);
    await socket.publish();
    rmSync(path('wire'));
    writeFileSync(path('wire'), 'a letter');
    await socket.remove();
    server.close();
    assert.deepEqual(readdirSync(path('')), ['wire']);
  });

  it('goes away when the guest fails before it is seen', async () => {
    const guest = runInGuest({ command: ['true'], wire: path('wire'), qemu: '/nonexistent' });
    await assert.rejects(guest, /\/nonexistent/);
    assert.deepEqual(readdirSync(path('')), []);
  });

  it('is refused where there is no directory for it', async () => {
    const wire = join(path('missing'), 'wire');
    await assert.rejects(WireSocket.prepare(wire), /no socket can be made in \S+missing: ENOENT/);
  });

  it('has a path that a socket can have', () => {
    assert.equal(isWirePathTooLong(`/${'a'.repeat(106)}`), false);
    assert.equal(isWirePathTooLong(`/${'a'.repeat(107)}`), true);
    assert.equal(isWirePathTooLong(`/${'a'.repeat(91)}/w`), false);
    assert.equal(isWirePathTooLong(`/${'a'.repeat(92)}/w`), true);
  });
});
