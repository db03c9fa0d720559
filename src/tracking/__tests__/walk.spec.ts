import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { FakeServer, fakeLab, pageOf, summaryOf } from '../../__tests__/fakes';
import { RunsModel } from '../model';
import { Walker } from '../walk';

const IDS = Array.from({ length: 120 }, (_, index) => `r${index}`);

let model: RunsModel;
let walker: Walker;

beforeEach(async () => {
  const server = new FakeServer()
    .on('GET glances', { glances: [] })
    .on('GET experiments', { experiments: [] })
    .on('GET runs', ({ path }: { path: string }) => {
      const query = new URLSearchParams(path.split('?')[1]);
      const from = Number(query.get('offset') ?? 0);
      const to = from + Number(query.get('limit'));
      const runs = IDS.slice(from, to).map(id => summaryOf(id));
      return { ...pageOf(runs, to < IDS.length ? String(to) : null), total: IDS.length };
    });
  model = new RunsModel(fakeLab(server));
  onTestFinished(() => model.dispose());
  model.isActive = true;
  await model.ready;
  walker = new Walker(model);
});

describe('Walker', () => {
  it('moves, and selects on the way where it shall', async () => {
    expect(walker.index).toBe(-1);
    expect(await walker.step(1, 'only')).toBe(0);
    await walker.step(1, 'extend');
    await walker.step(1, 'extend');
    expect(model.selection.ids).toEqual(['r0', 'r1', 'r2']);
    await walker.step(-1, 'extend');
    expect(model.selection.ids).toEqual(['r0', 'r1']);
    await walker.step(-5, 'only');
    expect(model.selection.ids).toEqual(['r0']);
  });

  it('keeps what was picked while it moves on', async () => {
    await walker.step(1, 'only');
    walker.pick('r0');
    await walker.step(1, 'only');
    await walker.step(1, 'only');
    expect(model.selection).toMatchObject({ ids: ['r0'], active: 'r2' });
    walker.pick('r2');
    expect(model.selection.ids).toEqual(['r0', 'r2']);
    walker.pick('r2');
    walker.pick('r0');
    await walker.step(1, 'only');
    expect(model.selection.ids).toEqual(['r1']);
    await walker.step(1, 'stand');
    expect(model.selection).toMatchObject({ ids: ['r1'], active: 'r2' });
  });

  it('goes to the ends, be they here or not, and selects all between', async () => {
    expect(await walker.step(Infinity, 'only')).toBe(119);
    expect(model.selection.ids).toEqual(['r119']);
    await walker.step(-Infinity, 'extend');
    expect(model.selection.ids).toHaveLength(120);
    expect(model.selection.active).toBe('r0');
  });

  it('selects from the anchor to a row, or one row more', async () => {
    await walker.reach(4, 'only');
    await walker.reach(2, 'extend');
    expect([...model.selection.ids].sort()).toEqual(['r2', 'r3', 'r4']);
    await walker.reach(9, 'toggle');
    expect(model.selection.ids).toContain('r9');
    await walker.reach(9, 'toggle');
    expect(model.selection.ids).not.toContain('r9');
    await walker.reach(500, 'only');
    expect(model.selection.ids).toHaveLength(3);
  });

  it('selects every run', async () => {
    await walker.selectAll();
    expect(model.selection.ids).toHaveLength(120);
  });
});
