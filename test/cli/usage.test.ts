import assert from 'node:assert/strict';
import { runPmdBench } from './support/child.ts';

interface Mistake {
  what: string;
  args: string[];
  code: 1 | 2;
  says: RegExp;
}

const mistakes: Mistake[] = [
  { what: 'an unknown command', args: ['forward', 'emu:a'], code: 2, says: /unknown command 'forward'/ },
  { what: 'no port', args: ['fwd'], code: 2, says: /missing required argument 'port'/ },
  { what: 'an unknown option', args: ['rx', 'emu:a', '--fast'], code: 2, says: /unknown option '--fast'/ },
  {
    what: 'a bad duration',
    args: ['rx', 'emu:a', '--duration', '5x'],
    code: 2,
    says: /'5x' is invalid.*500ms/,
  },
  { what: 'a bad count', args: ['rx', 'emu:a', '--packets', '0'], code: 2, says: /'0' is invalid/ },
  { what: 'a bad mode', args: ['fwd', 'emu:a', '--mode', 'nat'], code: 2, says: /mac, macswap, io/ },
  { what: 'a bad size', args: ['tx', 'emu:a', '--size', '20'], code: 2, says: /64 to 1518/ },
  { what: 'a bad rate', args: ['tx', 'emu:a', '--rate', 'fast'], code: 2, says: /'fast' is invalid.*100k/ },
  { what: 'one port to probe', args: ['latency', 'emu:a'], code: 2, says: /give two ports.*1 given/ },
  {
    what: 'a probe rate in bits',
    args: ['latency', 'emu:a', 'emu:a', '--rate', '1Mbit'],
    code: 2,
    says: /frames per second/,
  },
  { what: 'one port to search', args: ['throughput', 'emu:a'], code: 2, says: /give two ports.*1 given/ },
  {
    what: 'a bad frame size',
    args: ['throughput', 'emu:a', 'emu:a', '--frame-sizes', '64,63'],
    code: 2,
    says: /64 to 1518/,
  },
  {
    what: 'a frame size twice',
    args: ['throughput', 'emu:a', 'emu:a', '--frame-sizes', '64,64'],
    code: 2,
    says: /each value once/,
  },
  {
    what: 'a bad percentage',
    args: ['throughput', 'emu:a', 'emu:a', '--exceed', '100'],
    code: 2,
    says: /from 0 to 90/,
  },
  {
    what: "RFC 2544's goal with another's loss",
    args: ['throughput', 'emu:a', 'emu:a', '--rfc2544', '--loss', '1'],
    code: 2,
    says: /cannot be used/,
  },
  {
    what: 'a bad list of rates',
    args: ['loss', 'emu:a', 'emu:a', '--rates', '10k,'],
    code: 2,
    says: /'10k,' is invalid.*100k/,
  },
  { what: 'no port to burst to', args: ['burst', 'emu:a'], code: 2, says: /give two ports.*1 given/ },
  {
    what: 'a load above 100 %',
    args: ['latency', 'emu:a', 'emu:a', '--load', '101'],
    code: 2,
    says: /from 0 to 100/,
  },
  {
    what: 'loads without an end',
    args: ['latency', 'emu:a', 'emu:a', '--load', '0,10'],
    code: 2,
    says: /needs a --duration/,
  },
  {
    what: 'a field that frames have not',
    args: ['tx', 'emu:a', '--set', 'dst-port=5'],
    code: 2,
    says: /'ethernet' have no such dst-port/,
  },
  {
    what: 'a frame that its template does not fit',
    args: ['tx', 'emu:a', '--template', 'udp6'],
    code: 2,
    says: /too short for 'udp6'.*66 at least/,
  },
  {
    what: 'a template that is none',
    args: ['tx', 'emu:a', '--template', 'ipx'],
    code: 2,
    says: /ethernet, ipv4, ipv6, udp/,
  },
  { what: 'a bad field', args: ['tx', 'emu:a', '--set', 'ip=5'], code: 2, says: /src-mac, dst-mac, vlan/ },
  { what: 'a VLAN that is none', args: ['tx', 'emu:a', '--vlan', '4096'], code: 2, says: /0 to 4095/ },
  { what: 'a bad MAC', args: ['tx', 'emu:a', '--dst', 'there'], code: 2, says: /02:00:00:00:00:01/ },
  { what: 'an unknown scheme', args: ['rx', 'foo:a'], code: 2, says: /no scheme accepts .*foo:a.*emu:NAME/ },
  { what: 'a bad address', args: ['rx', 'emu:a,peer=me'], code: 2, says: /the only peer is flood/ },
  { what: 'the same port twice', args: ['rx', 'emu:a', 'emu:a'], code: 2, says: /emu:a is given twice/ },
  { what: 'three ports to forward', args: ['fwd', 'emu:a', 'emu:b', 'emu:c'], code: 2, says: /in pairs/ },
  { what: 'a ring of no size', args: ['rx', 'emu:a', '--rx-ring', '100'], code: 2, says: /power of two/ },
  { what: 'too few buffers', args: ['rx', 'emu:a', '--buffers', '64'], code: 2, says: /64 buffers/ },
  { what: 'nobody to answer for', args: ['echo', 'emu:a'], code: 2, says: /--ip 10\.77\.0\.2/ },
  {
    what: 'a bad IP address',
    args: ['echo', 'emu:a', '--ip', '10.0.0'],
    code: 2,
    says: /Write an IP address/,
  },
  { what: 'no such device', args: ['rx', '0000:ff:1f.7'], code: 1, says: /0000:ff:1f\.7/ },
  {
    what: 'a second port that is taken by the first',
    args: ['rx', 'emu:a,peer=flood', 'emu:a,peer=flood,seed=2'],
    code: 1,
    says: /emu:a is open with a flood peer/,
  },
];

describe('pmd-bench, wrongly used', () => {
  for (const { what, args, code, says } of mistakes) {
    it(`says on one line what is wrong with ${what}, and ends with ${code}`, async () => {
      const finished = await runPmdBench(args);
      assert.match(finished.stderr, says);
      assert.match(finished.stderr, /^error: [^\n]+\n$/);
      assert.equal(finished.stdout, '');
      assert.equal(finished.code, code);
    });
  }

  it('shows the commands when none is given', async () => {
    const { code, stderr } = await runPmdBench([]);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: pmd-bench/);
  });
});

describe('pmd-bench --help', () => {
  for (const args of [['--help'], ['fwd', '--help'], ['tx', '--help'], ['rx', '--help'], ['help', 'fwd']]) {
    it(`${args.join(' ')} documents the exit codes`, async () => {
      const { code, stdout } = await runPmdBench(args);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: pmd-bench/);
      assert.match(stdout, /Exit codes:\n {2}0 {2}/);
    });
  }

  it('lists the lab', async () => {
    assert.match((await runPmdBench(['--help'])).stdout, /\n {2}lab /);
  });

  it("--version is the package's", async () => {
    const { stdout } = await runPmdBench(['--version']);
    assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
  });
});
