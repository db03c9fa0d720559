/** Owns what the filter box proposes at the caret: fields, names and values; pure but for asking. */
import type { LabClient } from '../api/client';
import { columnOf, quote } from './listView';

/** What is being written at the caret. */
export type Writing =
  | { kind: 'field'; from: number; to: number; word: string }
  | { kind: 'name'; from: number; to: number; word: string; of: NameOf }
  | { kind: 'value'; from: number; to: number; word: string; field: string };

type NameOf = 'metrics' | 'params' | 'tags';

export interface IProposal {
  /** What is put in place of the piece that is being written. */
  text: string;
  /** How many runs have it, or what it is. */
  note: string;
}

type Asker = Pick<LabClient, 'listFacets' | 'listNames'>;

/** Fields of the filter language; those with a dot at the end go on with a name. */
const FIELDS = [
  'metrics.',
  'params.',
  'tags.',
  'status',
  'name',
  'experiment',
  'notebook',
  'user',
  'started',
  'duration',
  'source',
  'error',
  'id',
  'ended',
  'cpu',
  'peak_memory',
  'parent',
  'code',
  'artifact',
  'data.name',
  'data.column',
  'data.path',
  'model.class',
  'model.library',
  'git.commit',
  'git.branch',
  'git.dirty',
  'python',
  'package.',
  'and',
  'or',
  'not'
];

const STATUSES = ['finished', 'failed', 'running', 'killed', 'scheduled'];
const TIMES = ['today', 'yesterday', 'last week', 'last 7 days', 'this month', 'last month'];
const COUNTED = /^(user|experiment|notebook|source|(params|tags)\..+)$/;

const MOST = 12;
const NAMES_ASKED = 60;

const VALUE =
  /(?:^|[\s(])((?:metrics|params|tags)\.`[^`]+`|[\w.]+)\s*(?:!=|<=|>=|=|:|<|>)\s*('[^']*|"[^"]*|[^\s()'"]*)$/;
const STARTED = /(?:^|[\s(])(started)\s+([a-z0-9 ]*)$/;
const NAME = /(?:^|[\s(])(metrics|params|tags)\.(`[^`]*|[^\s()=<>!:`]*)$/;
const FIELD = /(?:^|[\s(])([A-Za-z_.]*)$/;
const REST_OF_WORD = /^[^\s()=<>!:]*/;

/** What is being written where the caret stands; null where nothing can be proposed. */
export function writingAt(text: string, caret: number): Writing | null {
  const before = text.slice(0, caret);
  const to = caret + (REST_OF_WORD.exec(text.slice(caret))?.[0].length ?? 0);
  const value = VALUE.exec(before) ?? STARTED.exec(before);
  if (value) {
    const [, field = '', word = ''] = value;
    return { kind: 'value', field, from: caret - word.length, to, word: word.replace(/^['"]/, '') };
  }
  const name = NAME.exec(before);
  if (name) {
    const [, of = '', word = ''] = name;
    const from = caret - word.length - of.length - 1;
    return { kind: 'name', of: of as NameOf, from, to, word: word.replace(/^`/, '') };
  }
  const field = FIELD.exec(before);
  const word = field?.[1] ?? '';
  return field ? { kind: 'field', from: caret - word.length, to, word } : null;
}

/** The text and the caret after a proposal was taken. */
export function take(
  text: string,
  { from, to }: Writing,
  proposal: IProposal
): { text: string; caret: number } {
  const isOpen = proposal.text.endsWith('.');
  const rest = text.slice(to);
  const put = isOpen || rest.startsWith(' ') ? proposal.text : `${proposal.text} `;
  return { text: text.slice(0, from) + put + rest, caret: from + put.length };
}

/** What may be meant, the likeliest first. */
export async function propose(
  writing: Writing,
  client: Asker,
  signal: AbortSignal
): Promise<IProposal[]> {
  if (writing.kind === 'field') {
    const fields = startingWith(FIELDS, writing.word).map(text => ({ text, note: '' }));
    const named = await namedLike(writing.word, client, signal);
    return [...fields, ...named].slice(0, MOST);
  }
  if (writing.kind === 'name') {
    const { of, word } = writing;
    return nameLike(of, word, client, signal);
  }
  return proposeValues(writing, client, signal);
}

/** Metrics and params that hold a word, as fields; the former first. */
export async function namedLike(
  word: string,
  client: Pick<LabClient, 'listNames'>,
  signal?: AbortSignal
): Promise<IProposal[]> {
  if (word === '' || word.includes('.')) {
    return [];
  }
  const kinds = ['metrics', 'params'] as const;
  const found = await Promise.all(kinds.map(of => nameLike(of, word, client, signal)));
  return found.flat();
}

/** Names that hold a word: that word first, then those that begin so. */
async function nameLike(
  of: NameOf,
  word: string,
  client: Pick<LabClient, 'listNames'>,
  signal?: AbortSignal
): Promise<IProposal[]> {
  const names = await client.listNames({ kind: of, piece: word, limit: NAMES_ASKED }, signal);
  const wanted = word.toLowerCase();
  const rank = (name: string): number => {
    const lower = name.toLowerCase();
    return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : 2;
  };
  return [...names]
    .sort((one, other) => rank(one.name) - rank(other.name))
    .slice(0, MOST)
    .map(({ name, count }) => ({ text: columnOf(of, name), note: String(count) }));
}

async function proposeValues(
  { field, word }: { field: string; word: string },
  client: Asker,
  signal: AbortSignal
): Promise<IProposal[]> {
  if (field === 'status') {
    return startingWith(STATUSES, word).map(text => ({ text, note: '' }));
  }
  if (field === 'started') {
    return startingWith(TIMES, word).map(text => ({ text, note: '' }));
  }
  if (!COUNTED.test(field)) {
    return [];
  }
  const { values } = await client.listFacets({ field, limit: 100 }, signal);
  const counts = new Map(values.map(({ value, count }) => [value ?? '', count]));
  const found = [...counts.keys()].filter(Boolean);
  return startingWith(found, word).map(value => ({
    text: /^[\w./-]+$/.test(value) ? value : quote(value),
    note: String(counts.get(value) ?? '')
  }));
}

/** Those that begin so before those that hold it elsewhere. */
function startingWith(texts: readonly string[], word: string): string[] {
  const wanted = word.toLowerCase();
  const begin = texts.filter(text => text.toLowerCase().startsWith(wanted));
  const hold = texts.filter(text => !begin.includes(text) && text.toLowerCase().includes(wanted));
  return [...begin, ...(wanted ? hold : [])].filter(text => text !== word).slice(0, MOST);
}
