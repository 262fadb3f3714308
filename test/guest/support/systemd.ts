import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilSeen } from '../../support/until.ts';

const program = '/lib/systemd/systemd';
/** Visible inside as well: the unit's output goes there. */
const shared = '/var/lib/lab-systemd';

/** The guest's systemd, as the first process of a PID namespace with a /run of its own. Its units end with it. */
export class Systemd {
  static readonly isInstalled = existsSync(program);
  readonly #process: ChildProcess;
  #output = '';

  private constructor(unit: string) {
    const setup =
      'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd && mount --bind "$1" /etc/systemd/system && shift && exec "$@"';
    const args = ['--fork', '--pid', '--mount', '--mount-proc', '--kill-child', 'sh', '-c', setup, 'sh'];
    const systemd = [program, '--system', `--unit=${unit}`, '--log-target=console', '--show-status=no'];
    this.#process = spawn('unshare', [...args, join(shared, 'units'), ...systemd], {
      env: { container: 'lab', PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.on('data', (chunk) => {
        this.#output += chunk;
      });
  }

  /** Runs one unit, whose standard output is {@link output}, and no other: not even those of a boot. */
  static start(name: string, text: string): Systemd {
    rmSync(shared, { recursive: true, force: true });
    mkdirSync(join(shared, 'units'), { recursive: true });
    const own = `StandardOutput=file:${shared}/output\nStandardError=file:${shared}/errors\n`;
    const alone = text
      .replace('[Unit]\n', '[Unit]\nDefaultDependencies=no\n')
      .replace('[Service]\n', `[Service]\n${own}`);
    writeFileSync(join(shared, 'units', name.replace(/@.*\.service$/, '@.service')), alone);
    return new Systemd(name);
  }

  /** The first line that the unit prints. */
  async firstLine(): Promise<string> {
    const read = (file: string) => {
      const path = join(shared, file);
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    await untilSeen('a line of the unit', () => {
      if (this.#process.exitCode !== null) throw new Error(`systemd ended: ${this.#output}`);
      if (read('errors') !== '') throw new Error(`the unit says: ${read('errors')}`);
      return read('output').includes('\n');
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#output.slice(-4000)}\n${read('errors')}`);
    });
    return read('output').split('\n')[0]!;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await once(this.#process, 'close');
    rmSync(shared, { recursive: true, force: true });
  }
}
