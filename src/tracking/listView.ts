/** Owns which runs the list shows, in which order and groups, and how the server is asked; pure. */
import { NO_PARENT, type IFacetQuery, type IRunQuery } from '../api/client';
import type { FacetValue } from '../api/types';
import type { IGroup } from './layout';

export const GROUPINGS = ['parent', 'experiment', 'notebook', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const SHELVES = ['runs', 'archived', 'trash'] as const;
/** Where runs lie. */
export type Shelf = (typeof SHELVES)[number];

/** Runs of one notebook, or of one of its cells. */
export interface IScope {
  path: string;
  cellId: string | null;
}

/** What the list shows; a new object for every change. */
export interface IListView {
  readonly filter: string;
  readonly scope: IScope | null;
  readonly shelf: Shelf;
  readonly grouping: Grouping;
  /** Such as `metrics.auc DESC`; empty: the newest first. */
  readonly order: string;
  readonly columns: readonly string[];
  /** Ids of the runs that stand at the top. */
  readonly pins: readonly string[];
}

export const FIRST_VIEW: IListView = {
  filter: '',
  scope: null,
  shelf: 'runs',
  grouping: 'parent',
  order: '',
  columns: [],
  pins: []
};

/** Most groups of a list. */
export const MAX_GROUPS = 1000;

/** Columns that the list draws of what it knows of every run; all others come with the page. */
export const ATTRIBUTES = [
  'metric',
  'curve',
  'tags',
  'started',
  'duration',
  'status',
  'experiment',
  'notebook',
  'user',
  'source',
  'ended',
  'cpu',
  'peak_memory',
  'id'
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export function isAttribute(column: string): column is Attribute {
  return (ATTRIBUTES as readonly string[]).includes(column);
}

/** Whether pinned runs have a group of their own at the top. */
export function showsPins({ filter, scope, shelf, pins }: IListView): boolean {
  return pins.length > 0 && filter === '' && scope === null && shelf === 'runs';
}

/** Whether runs stand below their parents; where something is looked for each stands by itself. */
export function isNested({ filter, scope, shelf, grouping }: IListView): boolean {
  return grouping !== 'none' && filter === '' && !scope?.cellId && shelf === 'runs';
}

/** What all questions of the view have in common. */
function common({ filter, shelf, order, columns }: IListView): IRunQuery {
  return {
    filter,
    archived: shelf === 'trash' ? 'any' : shelf === 'archived' ? 'only' : 'no',
    trashed: shelf === 'trash' ? 'only' : 'no',
    order_by: order ? [order] : [],
    columns: columns.filter(column => !isAttribute(column)),
    time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone
  };
}

/** The runs that stand at the top of the list, without groups. */
export function rootQuery(view: IListView): IRunQuery {
  return {
    ...common(view),
    ...(view.scope && { notebook: view.scope.path, cell: view.scope.cellId ?? '' }),
    ...(isNested(view) && { parent: NO_PARENT })
  };
}

export function childQuery(view: IListView, parent: string): IRunQuery {
  return { ...common(view), filter: '', parent };
}

export function pinQuery(view: IListView): IRunQuery {
  const filter = `id IN (${view.pins.map(id => `'${id}'`).join(', ')})`;
  return { ...common(view), archived: 'any', filter };
}

export function groupQuery(view: IListView, { kind, value }: IGroup): IRunQuery {
  const query = rootQuery(view);
  if (kind === 'experiment') {
    return { ...query, experiment: value ?? '' };
  }
  return value === null
    ? { ...query, filter: withoutNotebook(query.filter ?? '') }
    : { ...query, notebook: value };
}

/**
 * How the server is asked for the groups of a view. The filter goes as the user typed it: so it must
 * be good by itself, and what is wrong with it is told at its place.
 */
export function facetQuery(view: IListView): IFacetQuery {
  const { filter, notebook, cell, parent, archived, trashed, time_zone } = rootQuery(view);
  return {
    field: view.grouping,
    filter,
    notebook,
    cell,
    parent,
    archived,
    trashed,
    time_zone,
    order: 'newest',
    limit: MAX_GROUPS
  };
}

export function groupOf(grouping: Grouping, { value }: FacetValue): IGroup {
  const kind = grouping === 'experiment' ? 'experiment' : 'notebook';
  return { key: `group:${kind}:${value ?? ''}`, kind, value };
}

/** A filter that was good by itself when the groups were asked for, and no notebook. */
function withoutNotebook(filter: string): string {
  return filter ? `(${filter}) and notebook IS NULL` : 'notebook IS NULL';
}

/** A text of the filter language. */
export function quote(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

const PLAIN_NAME = /^[A-Za-z_][\w/-]*$/;

/** The column of a name, such as `metrics.auc`; odd names stand in backticks. */
export function columnOf(kind: 'metrics' | 'params' | 'tags', name: string): string {
  return PLAIN_NAME.test(name) ? `${kind}.${name}` : `${kind}.\`${name}\``;
}

/** The name of a column as people read it. */
export function nameOfColumn(column: string): string {
  const dot = column.indexOf('.');
  return dot < 0 ? column : column.slice(dot + 1).replace(/^`(.*)`$/, '$1');
}

/** What a heading does next: the best first or ascending, then the other way, then the newest first. */
export function nextOrder(order: string, column: string): string {
  const first = column.startsWith('metrics.') || column === 'started' ? 'DESC' : 'ASC';
  const second = first === 'DESC' ? 'ASC' : 'DESC';
  if (order === `${column} ${first}`) {
    return `${column} ${second}`;
  }
  return order === `${column} ${second}` ? '' : `${column} ${first}`;
}

/** Whether the server can sort by a column. */
export function isSortable(column: string): boolean {
  return !['metric', 'curve', 'tags'].includes(column);
}

/** The column of an order, and whether it descends. */
export function partsOfOrder(order: string): [column: string, isDescending: boolean] {
  return [order.replace(/ (ASC|DESC)$/, ''), order.endsWith(' DESC')];
}

/** What the values of a column are, for the words that tell of its order. */
export function kindOfOrder(column: string): 'number' | 'time' | 'text' {
  if (column === 'started' || column === 'ended') {
    return 'time';
  }
  return /^(metrics|params)\./.test(column) || NUMBERS.includes(column) ? 'number' : 'text';
}

const NUMBERS = ['duration', 'cpu', 'peak_memory'];

/** Which way a column is sorted by; null where it is not. */
export function directionOf(order: string, column: string): 'ascending' | 'descending' | null {
  if (order === '' && column === 'started') {
    return 'descending';
  }
  if (order === `${column} ASC`) {
    return 'ascending';
  }
  return order === `${column} DESC` ? 'descending' : null;
}
