// Makes the README's pictures from real runs: `npm run screenshots`, after `npm run build`. Needs Chromium and script(1).
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium, launch, openOffline } from '../test/report/support/browser.ts';
import { Terminal } from './terminal.mjs';

const root = join(import.meta.dirname, '..');
const images = join(root, 'docs/images');
const directory = mkdtempSync(join(tmpdir(), 'pmd-screenshots-'));
const mostBytes = 150_000;

/** Runs pmd-bench, as its users do; resolves to what it wrote, in the pieces in which it came. */
function bench(args, { terminal = false } = {}) {
  const command = `${process.execPath} ${join(root, 'dist/cli/main.js')} ${args}`;
  const child = terminal
    ? spawn('script', ['-qec', `stty cols 96; ${command}`, '/dev/null'], {
        env: { ...process.env, TERM: 'xterm-256color' },
      })
    : spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pieces = [];
  child.stdout.setEncoding('utf8').on('data', (text) => pieces.push(text));
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 ? resolve(pieces) : reject(new Error(`pmd-bench ${args}: ${code}`)),
    );
  });
}

async function result(name, args) {
  const file = join(directory, `${name}.json`);
  writeFileSync(file, (await bench(`${args} --json`)).join(''));
  return file;
}

async function makeReport() {
  const search = '--frame-sizes 512,1024,1280,1518 --trial 200ms --sum 600ms';
  const files = [
    await result('this search', `throughput emu:t,rate=30k emu:t ${search}`),
    await result('1 ms wire', 'latency emu:l,delay=1ms emu:l --load 0,50,90 --max-rate 10k --duration 4s'),
    await result('forwarding', 'fwd emu:a,peer=flood emu:b,peer=flood --duration 6s'),
  ];
  const before = await result('earlier search', `throughput emu:t,rate=24k emu:t ${search}`);
  const page = join(directory, 'report.html');
  await bench(`report ${files.map((file) => `'${file}'`).join(' ')} --baseline '${before}' --output ${page}`);
  return pathToFileURL(page).href;
}

const terminalStyle = `
body { margin: 0; padding: 0; background: #ffffff00; font: 14px/1.45 "DejaVu Sans Mono", monospace; width: fit-content; }
pre { margin: 0; padding: 14px 18px; background: #14181d; color: #dfe6ec; border-radius: 8px; min-width: 96ch; font: inherit; }
pre + pre { margin-top: 12px; }
.prompt { color: #8fa1b0; } .bold { font-weight: bold; } .colour-31 { color: #ff8272; } .colour-33 { color: #e5c07b; }`;

/** Two looks at one run: while it lasts, and at its end. */
async function makeTerminalPage() {
  const args = 'fwd emu:a,peer=flood emu:b,peer=flood --duration 5s';
  const pieces = await bench(args, { terminal: true });
  const prompt = `<span class="prompt">$</span> pmd-bench ${args}\n`;
  const looks = [pieces.slice(0, 3), pieces].map((seen) => {
    const terminal = new Terminal();
    terminal.write(seen.join(''));
    return `<pre>${prompt}${terminal.toHtml().trimEnd()}</pre>`;
  });
  const page = join(directory, 'terminal.html');
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><style>${terminalStyle}</style>${looks.join('')}`,
  );
  return pathToFileURL(page).href;
}

/** Takes a picture of an element with some margin, and of all that is above it if it is to begin at the top. */
async function shoot(browser, url, name, { element, margin, fromTop = false, ...options }) {
  const { page, complaints } = await openOffline(browser, url, { deviceScaleFactor: 1.25, ...options });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  const path = join(images, `${name}.png`);
  const { x, y, width, height } = await page.locator(element).first().boundingBox();
  const top = fromTop ? 0 : y - margin;
  const clip = { x: x - margin, y: top, width: width + 2 * margin, height: y + height + margin - top };
  await page.screenshot({ path, clip, fullPage: true, omitBackground: true });
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`);
  await page.context().close();
}

const program = findChromium();
if (program === undefined) throw new Error("there is no Chromium here: Debian's is chromium-headless-shell");
const [report, terminal] = [await makeReport(), await makeTerminalPage()];
const browser = await launch(program);
for (const colorScheme of ['light', 'dark']) {
  const options = { colorScheme, viewport: { width: 860, height: 800 }, margin: 18 };
  await shoot(browser, report, `report-${colorScheme}`, { ...options, element: 'figure', fromTop: true });
  await shoot(browser, report, `latency-${colorScheme}`, { ...options, element: 'figure:nth-of-type(2)' });
}
await shoot(browser, terminal, 'terminal', {
  element: 'body',
  margin: 0,
  viewport: { width: 960, height: 800 },
});
await browser.close();
rmSync(directory, { recursive: true });
