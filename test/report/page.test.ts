import assert from 'node:assert/strict';
import { renderReport } from '../../src/report/page.ts';
import { group } from '../../src/results/figures.ts';
import { makeSamples, type Samples } from './support/documents.ts';

const nasty = `<script>alert(1)</script>"'&<img src=x onerror=alert(1)>`;

/** The same document with every text in it, and every name of an option, replaced. */
function spoiled<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key, part: unknown) =>
    typeof part === 'string' && !['schema', 'endedBy', 'startedAt'].includes(key) ? nasty : part,
  ) as T;
}

describe('the HTML report', () => {
  let samples: Samples;
  before(async () => {
    samples = await makeSamples();
  });

  it('escapes every text that comes from a document, a file name or an option', () => {
    const documents = Object.values(samples).map(({ results }) => {
      const copy = spoiled(results);
      Object.assign(copy.options, { [nasty]: nasty });
      return { file: `${nasty}.json`, results: copy };
    });
    const page = renderReport(documents, { baseline: documents, title: nasty });
    assert.ok(page.includes('&lt;script&gt;'));
    assert.ok(!/<script|<img/.test(page));
    for (const [tag] of page.replace(/<style>[\s\S]*<\/style>/, '').matchAll(/<[a-z][^<]*?>/gi))
      assert.match(tag, /^<[a-z0-9]+( [a-zA-Z-]+="[^"<>]*")*\/?>$/);
  });

  it('refers to nothing outside itself', () => {
    const page = renderReport(Object.values(samples));
    assert.ok(!/\b(src|href|srcset|action|data)=|url\(|@import|https?:/.test(page));
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
  });

  it('shows each document under a name of its own', () => {
    const { fwd } = samples;
    const page = renderReport([fwd, fwd], { baseline: [fwd] });
    for (const name of ['fwd', 'fwd #2', 'fwd (baseline)'])
      assert.ok(page.includes(`<h3>${name}</h3>`), name);
  });

  it('has ids once each', () => {
    const page = renderReport(Object.values(samples));
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.ok(ids.length > 8);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('has the figures of every kind of result', () => {
    const page = renderReport(Object.values(samples));
    const { burst, loads } = samples;
    const { longest } = burst.results.details.burst![0]!;
    assert.match(page, /<h3>Back-to-back frames<\/h3>/);
    if (longest.average !== null) assert.ok(page.includes(`<td>${group(Math.round(longest.average))}</td>`));
    for (const name of ['loads, no load', 'loads, 50 % load'])
      assert.ok(page.includes(`</svg>${name}</li>`), name);
    assert.equal(loads.results.details.latencyUnderLoad!.length, 2);
  });

  it('is made of a run in which nothing moved, too', () => {
    const { idle } = samples;
    const page = renderReport([idle]);
    assert.ok(!page.includes('NaN') && !page.includes('undefined') && !page.includes('Infinity'));
    assert.match(page, /nothing has moved/);
  });

  it('has no figure that is none', () => {
    const documents = Object.values(samples);
    const page = renderReport(documents, { baseline: documents });
    assert.ok(!/NaN|undefined|Infinity|\[object/.test(page));
  });
});
