// Makes a change to this machine, and kills itself on the way: `change bind ADDRESS POINT`, where POINT counts half commands: N is
// before command N, and N.5 after it. Prints "done" when it got to the end.
import { bindDevice, Host, setVfs, unbindDevice } from '../../../src/devices/index.ts';

class Mortal extends Host {
  #left: number;

  constructor(point: number) {
    super();
    this.#left = point;
  }

  override async write(path: string, text: string): Promise<void> {
    await this.#step(() => super.write(path, text));
  }

  override async run(program: readonly string[]): Promise<void> {
    await this.#step(() => super.run(program));
  }

  async #step(work: () => Promise<void>): Promise<void> {
    this.#dieAt(0);
    await work();
    this.#left -= 0.5;
    this.#dieAt(0);
    this.#left -= 0.5;
  }

  #dieAt(point: number): void {
    if (this.#left === point) process.kill(process.pid, 'SIGKILL');
  }
}

const [what, address, point] = process.argv.slice(2) as [string, string, string];
const host = new Mortal(Number(point));
if (what === 'bind') await bindDevice(address, { host, owner: '65534' });
else if (what === 'unbind') await unbindDevice(address, { host });
else await setVfs(address, Number(what), { host });
console.log('done');
