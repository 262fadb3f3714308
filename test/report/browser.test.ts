import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { renderReport } from '../../src/report/page.ts';
import { skip } from '../support/skip.ts';
import { findChromium, launch, type OpenedPage, openOffline } from './support/browser.ts';
import { makeSamples, type Samples } from './support/documents.ts';
import { collidingLabels, drawnPlots, faintTexts, overflowing } from './support/in-page.ts';

describe('the HTML report in a browser', () => {
  let directory = '';
  let browser: Browser | undefined;
  let samples: Samples;

  before(async function () {
    const program = findChromium();
    if (program === undefined) {
      skip(this, "no Chromium here; Debian's is chromium-headless-shell");
    }
    samples = await makeSamples();
    browser = await launch(program);
    directory = mkdtempSync(join(tmpdir(), 'pmd-report-'));
  });
  after(async () => {
    await browser?.close();
    if (directory !== '') rmSync(directory, { recursive: true });
  });

  function write(name: string, page: string): string {
    const file = join(directory, `${name}.html`);
    writeFileSync(file, page);
    return pathToFileURL(file).href;
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1280]) {
      describe(`${colorScheme}, ${width} pixels wide`, () => {
        let opened: OpenedPage;
        let url = '';
        before(async () => {
          const { throughput, latency } = samples;
          const page = renderReport(Object.values(samples), { baseline: [throughput, latency] });
          url = write(`all-${colorScheme}-${width}`, page);
          opened = await openOffline(browser!, url, { colorScheme, viewport: { width, height: 800 } });
        });
        after(() => opened.page.context().close());

        it('asks for nothing but itself, and complains of nothing', () => {
          assert.deepEqual(opened.requests, [url]);
          assert.deepEqual(opened.complaints, []);
        });

        it('has its plots drawn', async () => {
          const plots = await opened.page.evaluate(drawnPlots);
          const titles = plots.map(({ title }) => title);
          for (const kind of [
            'Throughput by frame size',
            'Latency by percentile',
            'Frame loss by rate',
            'Rates over time: fwd',
          ])
            assert.ok(titles.includes(kind), `${titles}`);
          assert.ok(titles.some((title) => title.startsWith('Packets per burst')));
          for (const { title, marks, widthShare, heightShare } of plots) {
            assert.ok(marks > 0 && widthShare > 0.4 && widthShare <= 1, `${title}: ${widthShare}`);
            assert.ok(heightShare > 0 && heightShare < 1, `${title}: ${heightShare}`);
          }
        });

        it('has nothing that sticks out, also with all figures shown', async () => {
          await opened.page.evaluate(() => {
            for (const details of document.querySelectorAll('details')) details.open = true;
          });
          assert.deepEqual(await opened.page.evaluate(overflowing), []);
        });

        it('has no labels that run into each other', async () => {
          assert.deepEqual(await opened.page.evaluate(collidingLabels), []);
        });

        it('can be read: all text stands out from its ground by 4.5 to 1', async () => {
          assert.deepEqual(await opened.page.evaluate(faintTexts), []);
        });
      });
    }
  }

  it('is another one in the dark', async () => {
    const url = write('grounds', renderReport([samples.latency]));
    const grounds = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openOffline(browser!, url, { colorScheme });
      grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.context().close();
    }
    assert.equal(grounds.size, 2);
  });

  it('tells those who hear it what each plot shows', async () => {
    const url = write('heard', renderReport([samples.throughput, samples.latency]));
    const { page } = await openOffline(browser!, url, {});
    for (const name of ['Throughput by frame size', 'Latency by percentile'])
      assert.equal(await page.getByRole('img', { name }).count(), 1);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    await page.getByText('Figures').first().click();
    assert.ok(await page.getByRole('rowheader', { name: '512 B' }).isVisible());
    await page.context().close();
  });

  it('shows what a document says, and runs none of it', async () => {
    const nasty =
      '<img src="file:///nowhere.png" onerror="document.title=1"><script>document.title=1</script>';
    const results = structuredClone(samples.fwd.results);
    results.ports[0]!.address = nasty;
    results.notices.push({ atSeconds: 0, text: nasty });
    const url = write('nasty', renderReport([{ file: `${nasty}.json`, results }], { title: nasty }));
    const { page, requests, complaints } = await openOffline(browser!, url, {});
    assert.deepEqual([requests, complaints], [[url], []]);
    assert.equal(await page.title(), nasty);
    assert.equal(await page.locator('script, img').count(), 0);
    await page.context().close();
  });
});
