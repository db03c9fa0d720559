/** Owns which columns a chart over runs offers, and which it begins with; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IChoice } from '../../components/charts/fields';
import { varies, type IColumnOfRuns, type IRunTable } from './runTable';

/** A column with more words than this is no category. */
export const MOST_CATEGORIES = 40;

/** The columns as choices, under the headings of their kinds. */
export function choicesOf(columns: readonly IColumnOfRuns[], trans: TranslationBundle): IChoice[] {
  const headings = {
    metric: trans.__('Metrics'),
    param: trans.__('Params'),
    run: trans.__('Run')
  };
  const names: Record<string, string> = {
    duration: trans.__('duration in seconds'),
    experiment: trans.__('experiment')
  };
  const ranks = ['metric', 'param', 'run'];
  return [...columns]
    .sort((one, other) => ranks.indexOf(one.kind) - ranks.indexOf(other.kind))
    .map(({ key, kind, name }) => ({
      value: key,
      label: kind === 'run' ? (names[name] ?? name) : name,
      heading: headings[kind]
    }));
}

/** Metrics whose values differ, the primary ones first. */
export function metricsOf(table: IRunTable, primary: ReadonlySet<string>): IColumnOfRuns[] {
  const found = table.columns.filter(
    column => column.kind === 'metric' && column.isNumeric && varies(column)
  );
  return [
    ...found.filter(({ name }) => primary.has(name)),
    ...found.filter(({ name }) => !primary.has(name))
  ];
}

/** What is drawn by lot explains nothing: as such params are called. */
const SEED = /(^|[._])(seed|random_state)$/i;

/** Params whose values differ: numbers first, and seeds behind other numbers. */
export function paramsOf(table: IRunTable): IColumnOfRuns[] {
  const isSeed = ({ name }: IColumnOfRuns): number => Number(SEED.test(name));
  const found = table.columns
    .filter(column => column.kind === 'param' && varies(column))
    .sort((one, other) => isSeed(one) - isSeed(other));
  return [
    ...found.filter(column => column.isNumeric),
    ...found.filter(column => !column.isNumeric)
  ];
}

/** Columns of few words or few numbers, by which runs fall into groups. */
export function categoriesOf(table: IRunTable): IColumnOfRuns[] {
  const found = table.columns.filter(
    column =>
      column.kind !== 'metric' &&
      column.key !== 'duration' &&
      varies(column) &&
      new Set(column.values).size <= MOST_CATEGORIES
  );
  return [
    ...found.filter(column => !column.isNumeric),
    ...found.filter(column => column.isNumeric)
  ];
}

/** The chosen column, or the first that there is. */
export function chosen(columns: readonly IColumnOfRuns[], key: string): IColumnOfRuns | undefined {
  return columns.find(column => column.key === key) ?? columns[0];
}

/** The words of a category in the order in which people count. */
export function categoriesIn(column: IColumnOfRuns): string[] {
  const words = new Set(column.values.filter(value => value !== null).map(String));
  return [...words].sort((one, other) => one.localeCompare(other, undefined, { numeric: true }));
}
