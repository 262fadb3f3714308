// raw-socket tx|rx TO-IP: npm's raw-socket, as its users would: IPv4 packets of UDP, one for each call. Prints what it has moved, four
// times a second, until SIGINT.
import { createRequire } from 'node:module';
import { frameBytes } from './frame.ts';

interface RawSocket {
  on(event: 'message', listener: () => void): void;
  send(data: Buffer, offset: number, length: number, to: string, sent: (error: Error | null) => void): void;
}

const { createSocket, Protocol } = createRequire(import.meta.url)(process.env['RAW_SOCKET']!) as {
  createSocket(options: { protocol: number }): RawSocket;
  Protocol: { UDP: number };
};
const [task, to] = process.argv.slice(2) as [string, string];

const socket = createSocket({ protocol: Protocol.UDP });
const packet = Buffer.alloc(frameBytes - 14 - 20); // Linux puts the other headers before it
packet.writeUInt16BE(9, 0);
packet.writeUInt16BE(9, 2);
packet.writeUInt16BE(packet.length, 4);
let frames = 0;

function send(): void {
  socket.send(packet, 0, packet.length, to, (error) => {
    if (error === null) frames++;
    send();
  });
}

socket.on('message', () => {
  if (task === 'rx') frames++;
});
if (task === 'tx') send();
setInterval(() => console.log(`${performance.now() / 1000} ${frames}`), 250);
process.once('SIGINT', () => process.exit());
