/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Functions that run in the page: each stands on its own.

/** Text that stands out from its ground by less than 4.5 to 1, as WCAG counts it. */
export function faintTexts(): string[] {
  const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [red, green, blue] = numbers(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element: Element): string => {
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (numbers(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint: string[] = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement!;
    if (node.textContent!.trim() === '' || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const isSvg = element.namespaceURI!.endsWith('svg');
    const [ink, ground] = [luminance(isSvg ? style.fill : style.color), luminance(groundOf(element))];
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    seen++;
    if (!(ratio >= 4.5)) faint.push(`${ratio.toFixed(2)}: ${node.textContent}`);
  }
  return seen > 20 ? faint : [`${seen} texts only`];
}

export interface DrawnPlot {
  title: string;
  /** Of what is drawn of the data, in shares of the plot. */
  widthShare: number;
  heightShare: number;
  marks: number;
}

/** Every plot that is visible, and how much of it the data takes. */
export function drawnPlots(): DrawnPlot[] {
  return [...document.querySelectorAll<SVGSVGElement>('svg[role=img]')]
    .filter((svg) => svg.getClientRects().length > 0)
    .map((svg) => {
      const plot = svg.getBoundingClientRect();
      const marks = [...svg.querySelectorAll<SVGPathElement>('path.line, path.bar')].map((path) =>
        path.getBoundingClientRect(),
      );
      const extent = (from: 'left' | 'top', to: 'right' | 'bottom') =>
        Math.max(...marks.map((mark) => mark[to])) - Math.min(...marks.map((mark) => mark[from]));
      return {
        title: svg.querySelector('title')!.textContent!,
        widthShare: extent('left', 'right') / plot.width,
        heightShare: extent('top', 'bottom') / plot.height,
        marks: marks.length,
      };
    });
}

/** What sticks out of the window, other than what can be scrolled by itself. */
export function overflowing(): string[] {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return element.closest('.scroll') === null && (right > width + 0.5 || left < -0.5);
  });
  const names = wide.map((element) => `${element.tagName} ${element.textContent!.slice(0, 40)}`);
  return document.documentElement.scrollWidth > width ? ['the page', ...names] : names;
}

/** Plots whose axis labels run into each other. */
export function collidingLabels(): string[] {
  return [...document.querySelectorAll('svg[role=img] .axis')].flatMap((axis) => {
    const rects = [...axis.querySelectorAll('text:not(.axis-title)')].map((text) =>
      text.getBoundingClientRect(),
    );
    const isColliding = rects.some((a, i) =>
      rects
        .slice(i + 1)
        .some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
    );
    return rects[0]!.width > 0 && isColliding ? [axis.textContent!] : [];
  });
}
