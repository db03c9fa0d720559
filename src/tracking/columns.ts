/** Owns the columns of the list as a table: their words, widths and values; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunSummary } from '../api/types';
import {
  baseName,
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
  shortId
} from '../components/format';
import { statusWord } from '../components/status';
import { isSystem } from '../components/system';
import { isAttribute, nameOfColumn, type Attribute } from './listView';
import type { Values } from './strand';

/** Columns of a wide list where none are chosen. */
export const DEFAULT_COLUMNS: readonly string[] = [
  'metric',
  'curve',
  'duration',
  'experiment',
  'notebook',
  'tags',
  'user',
  'started'
];

/** Most columns: the server takes no more at once. */
export const MAX_CHOSEN = 30;

const WIDTHS: Partial<Record<Attribute, number>> = {
  metric: 190,
  curve: 136,
  tags: 190,
  started: 92,
  ended: 170,
  duration: 92,
  cpu: 92,
  peak_memory: 92,
  status: 96,
  source: 84,
  id: 88
};
const TEXT_WIDTH = 132;
const NUMBER_WIDTH = 96;

/** Width of the column of names in pixels, at least. */
export const NAME_WIDTH = 170;

export function widthOf(column: string): number {
  if (isAttribute(column)) {
    return WIDTHS[column] ?? TEXT_WIDTH;
  }
  return column.startsWith('tags.') ? TEXT_WIDTH : NUMBER_WIDTH;
}

/** Whether values of the column stand at its right side. */
export function isNumeric(column: string): boolean {
  const numbers = ['duration', 'cpu', 'peak_memory'];
  return numbers.includes(column) || /^(metrics|params)\./.test(column);
}

/** What a row says without columns. */
const SAID = ['metric', 'curve', 'tags', 'started', 'status', 'notebook'];

/** The columns of which a row that is no table shows the values below what it says anyway. */
export function valuesBelow(columns: readonly string[]): readonly string[] {
  return columns.filter(column => !SAID.includes(column));
}

/** Height of the values below a row in pixels: those of two columns stand on a line. */
export function heightBelow(columns: readonly string[]): number {
  return columns.length === 0 ? 0 : Math.min(MAX_LINES, Math.ceil(columns.length / 2)) * LINE + 3;
}

const LINE = 17;
const MAX_LINES = 3;

/** The tracks of the grid of a row. */
export function tracksOf(columns: readonly string[]): string {
  const widths = columns.map(column => `${widthOf(column)}px`);
  return [`minmax(${NAME_WIDTH}px, 1fr)`, ...widths].join(' ');
}

/** Width of a row in pixels, at least. */
export function rowWidth(columns: readonly string[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column), NAME_WIDTH);
}

/** The word above a column. */
export function titleOf(column: string, trans: TranslationBundle): string {
  const words: Record<Attribute, string> = {
    metric: trans.__('Primary metric'),
    curve: trans.__('Curve'),
    tags: trans.__('Tags'),
    started: trans.__('Started'),
    ended: trans.__('Ended'),
    duration: trans.__('Duration'),
    status: trans.__('Status'),
    experiment: trans.__('Experiment'),
    notebook: trans.__('Notebook'),
    user: trans.__('User'),
    source: trans.__('Source'),
    cpu: trans.__('CPU time'),
    peak_memory: trans.__('Peak memory'),
    id: trans.__('Run id')
  };
  return isAttribute(column) ? words[column] : nameOfColumn(column);
}

/**
 * Names that the user gave come first; then those of what was recorded by itself, such as
 * `system/cpu_percent` or `clf.alpha`. What programs keep among the tags is left out.
 */
export function ownFirst(names: readonly string[]): string[] {
  const shown = names.filter(name => !/^(mlflow|mlops_lab)\./.test(name));
  const isOwn = (name: string): boolean => !isSystem(name) && !name.includes('.');
  return [
    ...shown.filter(isOwn),
    ...shown.filter(name => !isOwn(name) && !isSystem(name)),
    ...shown.filter(isSystem)
  ];
}

/** What a cell shows, and in full; for columns that are texts or numbers. */
export function cellOf(
  run: RunSummary,
  values: Values,
  column: string,
  trans: TranslationBundle
): { text: string; title: string } {
  if (isAttribute(column)) {
    return attributeOf(run, column, trans);
  }
  const value = values[column] ?? null;
  if (value === null) {
    return { text: '', title: '' };
  }
  const number = column.startsWith('params.') ? numberOf(value) : value;
  const text =
    typeof number === 'number' || column.startsWith('metrics.')
      ? formatNumber(number as number)
      : String(value);
  return { text, title: String(value) };
}

/** A param is a text; one that is a number is written as one. */
function numberOf(value: string | number): string | number {
  const number = Number(value);
  return String(value).trim() !== '' && Number.isFinite(number) ? number : value;
}

function attributeOf(
  run: RunSummary,
  column: Attribute,
  trans: TranslationBundle
): { text: string; title: string } {
  const plain = (text: string | null): { text: string; title: string } => ({
    text: text ?? '',
    title: text ?? ''
  });
  const span = (ms: number | null): { text: string; title: string } =>
    plain(ms === null ? '' : formatDuration(ms, trans));
  switch (column) {
    case 'notebook':
      return { text: baseName(run.notebook_path ?? ''), title: run.notebook_path ?? '' };
    case 'experiment':
      return plain(run.experiment);
    case 'user':
      return plain(run.user);
    case 'source':
      return plain(run.source);
    case 'status':
      return plain(statusWord(run.status, trans));
    case 'ended':
      return plain(run.ended_at === null ? '' : formatTime(run.ended_at));
    case 'duration':
      return span(run.duration_ms);
    case 'cpu':
      return span(run.cpu_ms);
    case 'peak_memory':
      return plain(run.peak_memory === null ? '' : formatBytes(run.peak_memory));
    case 'id':
      return { text: shortId(run.id), title: run.id };
    case 'started':
      return plain(formatTime(run.started_at));
    case 'metric':
    case 'curve':
    case 'tags':
      return plain('');
  }
}
