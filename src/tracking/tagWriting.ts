/** Owns how one tag of several runs is read and written, a few runs at a time. */
import type { LabClient } from '../api/client';
import { asApiError } from '../api/live';
import type { Glances } from './glances';

/** Requests that go on at once. */
const AT_ONCE = 6;

/** A tag of a run; null where there is none. */
export interface ITagOf {
  id: string;
  value: string | null;
}

/** Which runs have their tag now, and what stopped the others. */
export interface IWritten {
  ids: readonly string[];
  failure: unknown;
}

type TagClient = Pick<LabClient, 'getRun' | 'removeTag' | 'setTag'>;

/** The tag of each run as it is; fails where one cannot be read. */
export async function readTags(
  client: TagClient,
  ids: readonly string[],
  name: string
): Promise<ITagOf[]> {
  const found: ITagOf[] = [];
  const { failure } = await each(ids, async id => {
    const { tags } = await client.getRun(id);
    found.push({ id, value: tags.find(tag => tag.name === name)?.value ?? null });
  });
  if (failure !== null) {
    throw asApiError(failure);
  }
  return found;
}

/** Write the tag of each run, shown at once; where that fails the runs that are left show the old. */
export async function writeTags(
  { client, glances }: { client: TagClient; glances: Glances },
  wanted: readonly ITagOf[],
  name: string,
  before: readonly ITagOf[]
): Promise<IWritten> {
  const show = (tags: readonly ITagOf[]): void =>
    tags.forEach(({ id, value }) =>
      glances.change(id, glance => {
        const others = glance.tags.filter(tag => tag.name !== name);
        return { ...glance, tags: value === null ? others : [...others, { name, value }] };
      })
    );
  show(wanted);
  const had = new Map(before.map(({ id, value }) => [id, value]));
  const { done, failure } = await each(wanted, async ({ id, value }) => {
    if (value !== null) {
      await client.setTag(id, name, value);
    } else if (had.get(id) !== null) {
      await client.removeTag(id, name);
    }
  });
  const ids = done.map(({ id }) => id);
  show(before.filter(({ id }) => !ids.includes(id)));
  return { ids, failure };
}

/** Do something for each item, a few at a time; after a failure what goes on is waited for. */
async function each<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>
): Promise<{ done: T[]; failure: unknown }> {
  const rest = [...items];
  const done: T[] = [];
  let failure: unknown = null;
  const work = async (): Promise<void> => {
    while (failure === null) {
      const item = rest.shift();
      if (item === undefined) {
        return;
      }
      try {
        await act(item);
        done.push(item);
      } catch (error) {
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, failure };
}
