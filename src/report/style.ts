/** The page's style sheet. Colours of series are told apart by the colour-blind, and stand out from both grounds by 3 to 1 and more. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f6f8; --ink: #17202a; --muted: #52606d; --rule: #d9dfe5; --grid: #e7ebef;
  --s0: #0b62a8; --s1: #b8450f; --s2: #1b7a4b; --s3: #7a3e9d; --s4: #8a6100; --s5: #4a5f6d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161b; --raised: #1b2128; --ink: #e8edf2; --muted: #a7b3be; --rule: #333d47; --grid: #262e36;
    --s0: #6cb4f0; --s1: #f2926b; --s2: #62c897; --s3: #c99fe8; --s4: #dcb04a; --s5: #a3b7c4;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; overflow-wrap: break-word; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.25rem; margin-bottom: 1.5rem; }
.kicker { margin: 0; color: var(--muted); font-size: .875rem; letter-spacing: .02em; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .25rem 0 .5rem; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .75rem; letter-spacing: -.005em; }
h3 { font-size: 1.0625rem; margin: 0; }
header p, figcaption p, footer { color: var(--muted); font-size: .9375rem; margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 0 0 2rem; }
.figures div { background: var(--raised); border-radius: 8px; padding: .75rem .9rem .8rem; }
.figures dt { color: var(--muted); font-size: .8125rem; line-height: 1.35; }
.figures dd { margin: .15rem 0 0; font-size: 1.5rem; font-weight: 600; line-height: 1.2; letter-spacing: -.01em; }
.figures small { font-size: .9375rem; font-weight: 400; letter-spacing: 0; }
section { margin-top: 2rem; }
.figures .note { display: block; margin-top: .15rem; color: var(--muted); font-size: .8125rem; font-weight: 400; letter-spacing: 0; }
figure { margin: 2.5rem 0 0; }
figcaption { margin-bottom: .75rem; max-width: 42rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg.narrow { display: none; }
svg text { fill: var(--muted); font-size: 12px; font-family: inherit; }
svg .axis-title { fill: var(--ink); }
svg .value { fill: var(--ink); font-size: 11px; }
.grid { stroke: var(--grid); fill: none; }
.base, .tick { stroke: var(--muted); fill: none; }
.reference { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 4; fill: none; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.line.dashed { stroke-dasharray: 6 4; }
.dot { fill: currentColor; }
.bar { fill: currentColor; }
.bar.dashed { fill-opacity: .35; stroke: currentColor; stroke-dasharray: 4 3; }
.series-0 { color: var(--s0); } .series-1 { color: var(--s1); } .series-2 { color: var(--s2); }
.series-3 { color: var(--s3); } .series-4 { color: var(--s4); } .series-5 { color: var(--s5); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .75rem; padding: 0; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .5rem; min-width: 0; overflow-wrap: anywhere; }
.legend svg { width: 26px; flex: none; }
.legend svg.bars { width: 14px; }
details { margin-top: .75rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--muted); width: fit-content; }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--s0); outline-offset: 2px; }
.scroll { overflow-x: auto; margin-top: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: baseline; white-space: nowrap; }
th:first-child { text-align: left; } td:last-child, th:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 500; }
tbody th { font-weight: 400; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
.words td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.words th { min-width: 0; } .words thead th { text-align: left; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border-radius: 8px; padding: .75rem .9rem; font: .8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.notices { margin: .75rem 0 0; padding-left: 1.1rem; font-size: .875rem; color: var(--muted); }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem; font-size: .8125rem; }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 2rem; }
  h1 { font-size: 1.5rem; }
  svg.wide { display: none; } svg.narrow { display: block; }
  .figures { grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
  .figures dd { font-size: 1.25rem; }
}
@media print { details:not([open]) { display: none; } figure, .figures div { break-inside: avoid; } }
`;
