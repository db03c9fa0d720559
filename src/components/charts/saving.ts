/** Owns saving what a chart shows: as a picture, and its data as CSV. */
import { csvFormatRows } from 'd3-dsv';

import { asCell } from '../spreadsheet';
import type { Plotly } from './desk';
import { escapeMarkup, themeAt, type IChartTheme } from './palette';
import type { IFigure, IPlotProps } from './plot';

/** What a chart shows, as a table. */
export interface IChartTable {
  columns: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

const WIDTH = 960;
const HEIGHT = 540;

/** Least room of a legend below a chart, which plotly widens by what the legend takes. */
const LEGEND_LINE = 32;

/** Save the figure with its title, on the ground of the theme. */
export async function savePicture(options: {
  plotly: Plotly;
  title: string;
  figure: IPlotProps['figure'];
  place: Element;
  format: 'png' | 'svg';
}): Promise<void> {
  const { plotly, title, figure, place, format } = options;
  const theme = themeAt(place);
  const whole = pictureOf(figure(theme), title, theme);
  const size = { format, width: WIDTH, height: HEIGHT };
  const url = await plotly.toImage(whole, format === 'png' ? { ...size, scale: 2 } : size);
  download(url, fileName(title, format));
}

/** The figure as it stands alone: what the page around it tells, title and legend, is in it. */
export function pictureOf(
  { data, layout }: IFigure,
  title: string,
  theme: Pick<IChartTheme, 'ground'>
): IFigure {
  const named = (data as readonly ILegendItem[]).filter(
    ({ name, type, showlegend }) => name && type !== 'box' && showlegend !== false
  );
  const hasLegend = named.length > 1;
  return {
    data,
    layout: {
      ...layout,
      autosize: false,
      width: WIDTH,
      height: HEIGHT,
      title: { text: escapeMarkup(title), x: 0.5 },
      ...(hasLegend ? { showlegend: true, legend: { orientation: 'h', x: 0, y: -0.16 } } : {}),
      margin: { l: 64, r: 24, t: 56, b: hasLegend ? 56 + LEGEND_LINE : 56 },
      paper_bgcolor: theme.ground,
      plot_bgcolor: theme.ground
    }
  };
}

/** What of a trace says whether a legend names it; boxes have their names along the axis. */
interface ILegendItem {
  type?: string;
  name?: string;
  showlegend?: boolean;
}

/** The table as CSV, as RFC 4180 says. */
export function csvOf({ columns, rows }: IChartTable): string {
  const text = (value: string | number | null): string => asCell(String(value ?? ''));
  return `${csvFormatRows([columns, ...rows].map(row => row.map(text)))}\n`;
}

/** Save the table as a CSV file. */
export function saveCsv(title: string, table: IChartTable): void {
  const url = URL.createObjectURL(new Blob([csvOf(table)], { type: 'text/csv' }));
  download(url, fileName(title, 'csv'));
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name for a file, of letters and digits of any script. */
export function fileName(title: string, extension: string): string {
  const stem = title.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `${stem.slice(0, 80) || 'chart'}.${extension}`;
}

function download(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
