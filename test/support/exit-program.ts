// Says, as the process ends, what its port and its pool are to an exit listener that comes after the package's own.
import { openPort, type PmdError } from '../../src/index.ts';

const port = await openPort('emu:exit,peer=flood');
const burst = port.pool.createBurst();
while (port.rx[0].receive(burst) === 0);
burst.release();
process.on('exit', () => {
  try {
    port.rx[0].receive(burst);
    console.log('open');
  } catch (error) {
    console.log((error as PmdError).code);
  }
  console.log(
    port.state,
    port.stats().rxPackets > 0,
    port.pool.usage().application,
    port.mac.length,
    port.link.up,
  );
});
process.exit(4);
