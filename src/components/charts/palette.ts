/** Owns the colours and dashes of lines, and what a chart takes from the theme. */

import { numberSeparators } from '../format';

/** Colours of the palette, which the style sheet holds for light and dark themes. */
export const COLORS = 7;

/** What tells lines apart once the colours begin anew. */
const DASHES = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;

/** The CSS variable of the line at `index`; past the end of the palette, dashes tell lines apart. */
export function colorVariable(index: number): string {
  return `--jp-mlops-lab-line${index % COLORS}`;
}

/** How the line at `index` is dashed, in plotly's words. */
export function dashOf(index: number): string {
  return DASHES[Math.floor(index / COLORS) % DASHES.length] ?? 'solid';
}

/** The same dash as lengths of an SVG line of two pixels. */
export function dashLengths(index: number): string | undefined {
  const lengths: Record<string, string | undefined> = {
    dash: '6 4',
    dot: '2 3',
    dashdot: '6 3 2 3',
    longdash: '10 4',
    longdashdot: '10 3 2 3'
  };
  return lengths[dashOf(index)];
}

/** The colours and the letters of the page at the place of a chart. */
export interface IChartTheme {
  lines: readonly string[];
  font: string;
  text: string;
  faint: string;
  grid: string;
  axis: string;
  ground: string;
  raised: string;
  /** From low to high; told apart by lightness too. */
  scale: readonly [number, string][];
}

/** Read the theme where `element` stands. */
export function themeAt(element: Element): IChartTheme {
  const style = getComputedStyle(element);
  const read = (name: string, other: string): string =>
    style.getPropertyValue(name).trim() || other;
  const text = read('--jp-ui-font-color1', '#222');
  const ground = read('--jp-layout-color1', '#fff');
  const isDark = document.body.dataset.jpThemeLight === 'false';
  return {
    lines: Array.from({ length: COLORS }, (_, index) => read(colorVariable(index), '#0072b2')),
    font: read('--jp-ui-font-family', 'sans-serif'),
    text,
    faint: read('--jp-ui-font-color2', '#666'),
    grid: read('--jp-border-color2', '#ddd'),
    axis: read('--jp-border-color1', '#bbb'),
    ground,
    raised: read('--jp-layout-color2', '#eee'),
    scale: isDark ? VIRIDIS : [...VIRIDIS].reverse().map(([at, color]) => [1 - at, color])
  };
}

/** Made for all eyes: it grows evenly in lightness. The end that fades into the ground is cut. */
const VIRIDIS: readonly [number, string][] = [
  [0, '#46327e'],
  [0.2, '#365c8d'],
  [0.4, '#277f8e'],
  [0.6, '#1fa187'],
  [0.8, '#4ac16d'],
  [1, '#b5de2b']
];

/** The colour of the line at `index`. */
export function colorAt(theme: IChartTheme, index: number): string {
  return theme.lines[index % COLORS] ?? theme.text;
}

/** A colour of six digits with an opacity between 0 and 1; any other colour as it is. */
export function translucent(color: string, opacity: number): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  return match
    ? `rgba(${match
        .slice(1)
        .map(part => parseInt(part, 16))
        .join(', ')}, ${opacity})`
    : color;
}

/** The parts of a layout that all charts share. */
export function baseLayout(theme: IChartTheme): Record<string, unknown> {
  return {
    autosize: true,
    font: { color: theme.text, family: theme.font, size: 11 },
    hoverlabel: { bgcolor: theme.raised, bordercolor: theme.axis, font: { color: theme.text } },
    margin: { l: 48, r: 12, t: 8, b: 36 },
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: 'rgba(0, 0, 0, 0)',
    separators: numberSeparators(),
    showlegend: false
  };
}

/** An axis in the theme. */
export function axisOf(
  theme: IChartTheme,
  title: string,
  more: Record<string, unknown> = {}
): Record<string, unknown> {
  return {
    gridcolor: theme.grid,
    linecolor: theme.axis,
    zerolinecolor: theme.axis,
    automargin: true,
    title: { text: escapeMarkup(title), standoff: 6 },
    ...more
  };
}

/** Text that plotly takes as it is: names of users may hold what looks like HTML. */
export function escapeMarkup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
