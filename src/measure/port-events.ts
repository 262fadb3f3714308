import type { Link, Port } from '../core/port.ts';
import { decimal } from '../results/figures.ts';

/** Tells of the ports' control events in words, until the returned function is called. */
export function watchPorts(
  ports: readonly Port[],
  tell: (address: string, text: string) => void,
): () => void {
  const stops = ports.map((port) => watchPort(port, (text) => tell(port.address, text)));
  return () => {
    for (const stop of stops) stop();
  };
}

/** Calls back once every port that ends has ended, if there are any, until the returned function is called. */
export function whenEnded(ports: readonly Port[], callback: () => void): () => void {
  const open = new Set(ports.filter(({ capabilities }) => capabilities.ends));
  const stops = [...open].map((port) => {
    const onEnd = () => {
      if (open.delete(port) && open.size === 0) callback();
    };
    port.on('end', onEnd);
    return () => port.off('end', onEnd);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function watchPort(port: Port, tell: (text: string) => void): () => void {
  const link = ({ up, speedMbps }: Link) => tell(up ? `link up, ${speedMbps} Mbit/s` : 'link down');
  const recovering = (reason: string) => tell(`recovering: ${reason}`);
  const recovered = ({ elapsedMs }: { elapsedMs: number }) =>
    tell(`recovered in ${decimal(elapsedMs, 0)} ms`);
  const failure = (reason: string) => tell(`could not recover: ${reason}`);
  const refused = (reason: string) => tell(`runs on without a setting: ${reason}`);
  const removal = (reason: string) => tell(`removed: ${reason}`);
  port.on('link', link).on('recovering', recovering).on('recovered', recovered);
  port.on('failure', failure).on('refused', refused).on('removal', removal);
  return () => {
    port.off('link', link).off('recovering', recovering).off('recovered', recovered);
    port.off('failure', failure).off('refused', refused).off('removal', removal);
  };
}
