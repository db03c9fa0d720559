import { describe, expect, it } from 'vitest';

import {
  childQuery,
  columnOf,
  directionOf,
  facetQuery,
  FIRST_VIEW,
  groupOf,
  groupQuery,
  isNested,
  nameOfColumn,
  nextOrder,
  pinQuery,
  rootQuery,
  showsPins
} from '../listView';

describe('list views', () => {
  it('ask for runs below their parents, unless something is looked for', () => {
    expect(rootQuery(FIRST_VIEW)).toMatchObject({ parent: 'none', archived: 'no', trashed: 'no' });
    expect(rootQuery({ ...FIRST_VIEW, filter: 'auc' }).parent).toBeUndefined();
    expect(isNested({ ...FIRST_VIEW, grouping: 'none' })).toBe(false);
    expect(childQuery({ ...FIRST_VIEW, filter: '' }, 'p')).toMatchObject({ parent: 'p' });
  });

  it('ask for the archive, the trash and the place of the user', () => {
    expect(rootQuery({ ...FIRST_VIEW, shelf: 'archived' }).archived).toBe('only');
    const trash = rootQuery({ ...FIRST_VIEW, shelf: 'trash' });
    expect(trash).toMatchObject({ archived: 'any', trashed: 'only' });
    const scope = { path: 'a.ipynb', cellId: 'c1' };
    const query = rootQuery({ ...FIRST_VIEW, scope });
    expect(query).toMatchObject({ notebook: 'a.ipynb', cell: 'c1' });
  });

  it('ask for groups and for the runs of each', () => {
    const view = { ...FIRST_VIEW, grouping: 'notebook' as const, filter: "name = 'x'" };
    const scoped = { ...view, scope: { path: "it's.ipynb", cellId: null } };
    expect(facetQuery(scoped)).toMatchObject({
      field: 'notebook',
      filter: "name = 'x'",
      notebook: "it's.ipynb",
      order: 'newest'
    });
    expect(facetQuery({ ...view, scope: { path: 'a.ipynb', cellId: 'c1' } }).cell).toBe('c1');
    const broken = { ...scoped, filter: 'a = 1) or (b = 2' };
    expect(facetQuery(broken).filter).toBe('a = 1) or (b = 2');
    const none = groupOf('notebook', { value: null, count: 2, last_started_at: 0 });
    expect(groupQuery(view, none).filter).toBe("(name = 'x') and notebook IS NULL");
    const own = groupOf('notebook', { value: 'b.ipynb', count: 2, last_started_at: 0 });
    expect(groupQuery(view, own).notebook).toBe('b.ipynb');
  });

  it('show pins at the top of the whole list only', () => {
    const view = { ...FIRST_VIEW, pins: ['a', 'b'] };
    expect(showsPins(view)).toBe(true);
    expect(showsPins({ ...view, filter: 'x' })).toBe(false);
    expect(pinQuery(view).filter).toBe("id IN ('a', 'b')");
  });

  it('name columns and turn their order round', () => {
    expect(columnOf('metrics', 'auc')).toBe('metrics.auc');
    expect(columnOf('params', 'model.depth')).toBe('params.`model.depth`');
    expect(nameOfColumn('params.`model.depth`')).toBe('model.depth');
    expect(nextOrder('', 'metrics.auc')).toBe('metrics.auc DESC');
    expect(nextOrder('metrics.auc DESC', 'metrics.auc')).toBe('metrics.auc ASC');
    expect(nextOrder('metrics.auc ASC', 'metrics.auc')).toBe('');
    expect(directionOf('', 'started')).toBe('descending');
    expect(directionOf('name ASC', 'name')).toBe('ascending');
    expect(directionOf('name ASC', 'user')).toBeNull();
  });
});
