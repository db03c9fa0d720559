/** Owns the page of a comparison: its head, the table, and what lies below it. */
import * as React from 'react';

import { CommandIds } from '../commands';
import { Button } from '../components/feedback';
import { useModel, useNow, useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';
import { exportsOf } from './exports';
import type { IHosted } from './host';
import { exportEntries, showMenu } from './menus';
import type { CompareModel } from './model';
import { labelOf, MOST_COMPARED } from './order';
import { RunPicker } from './picker';
import { linesOf, searchRows, sortedPlaces, type IRow } from './rows';
import { Sections } from './sections';
import { ComparisonTable, useFileNote } from './table';
import { useTableActions } from './tableActions';
import { Toolbar } from './toolbar';

export function ComparePage(props: IHosted): React.JSX.Element {
  const { model, commands } = props;
  useModel(model);
  const [search, setSearch] = React.useState('');
  const [wish, setWish] = React.useState<{ key: string; at: number } | null>(null);
  const { runs, rows } = useShown(model);
  const found = React.useMemo(() => searchRows(rows, search), [rows, search]);
  const { closed, unfolded } = model.layout;
  const isSearching = search.trim() !== '';
  const lines = React.useMemo(() => {
    const folding = { closed: new Set(closed), unfolded: new Set(unfolded) };
    return linesOf(found, folding, isSearching);
  }, [closed, found, isSearching, unfolded]);
  const actions = useTableActions(model, runs, commands);
  const fileNote = useFileNote(model);
  const reveal = (key: string): void => {
    setSearch('');
    unfold(model, rows, key);
    setWish({ key, at: Date.now() });
  };
  return (
    <article className="jp-MlopsLab-page jp-MlopsLab-comparePage">
      <PageHead {...props} runs={runs} rows={rows} />
      {model.isCut && <Cut />}
      <Missing model={model} />
      {runs.length < 2 ? (
        <TooFew />
      ) : (
        <Sections {...props} runs={runs} rows={rows} onReveal={reveal}>
          <Toolbar
            model={model}
            search={search}
            onSearch={setSearch}
            found={isSearching ? found.length : null}
          />
          <ComparisonTable
            runs={runs}
            rows={rows}
            lines={lines}
            actions={actions}
            wish={wish}
            layout={model.layout}
            fileNote={fileNote}
          />
        </Sections>
      )}
    </article>
  );
}

/** Open what hides a row. */
function unfold(model: CompareModel, rows: readonly IRow[], key: string): void {
  const { closed, unfolded } = model.layout;
  const row = rows.find(item => item.key === key);
  if (row) {
    model.arrange({
      closed: closed.filter(group => group !== row.group),
      unfolded: row.isEqual ? [...new Set([...unfolded, row.group])] : unfolded,
      isTransposed: false
    });
  }
}

/** Runs and rows in the order in which they are shown. */
function useShown(model: CompareModel): { runs: IComparedRun[]; rows: IRow[] } {
  const { layout, runs: found, baseline, marked, captures, differences } = model;
  const { statistic, sorting, hidden } = layout;
  const isRunning = found.some(run => run.summary.status === 'running');
  const now = useNow(isRunning ? 1000 : 3_600_000);
  const outcome = React.useMemo(() => model.outcome(now), [found, model, now]);
  // Most of a large comparison: it does not follow the clock, nor what is marked or folded.
  const contents = React.useMemo(
    () => model.contents(statistic),
    [captures, differences.value, found, model, statistic]
  );
  const all = React.useMemo(() => [...outcome, ...contents], [outcome, contents]);
  const order = React.useMemo(
    () => sorting && sortedPlaces(all, found.length, sorting),
    [all, found, sorting]
  );
  const rows = React.useMemo(
    () => (order ? all.map(row => inOrder(row, order)) : all),
    [all, order]
  );
  const runs = React.useMemo(() => {
    const summaries = found.map(run => run.summary);
    const [isMarked, isHidden] = [new Set(marked), new Set(hidden)];
    const compared = found.map((run, index) => ({
      run,
      label: labelOf(run.summary, summaries),
      color: index,
      isBaseline: run === baseline,
      isMarked: isMarked.has(run.summary.id),
      isHidden: isHidden.has(run.summary.id)
    }));
    return order ? placed(compared, order) : compared;
  }, [baseline, found, hidden, marked, order]);
  return { runs, rows };
}

function placed<T>(list: readonly T[], order: readonly number[]): T[] {
  return order.map(at => list[at] as T);
}

function inOrder(row: IRow, order: readonly number[]): IRow {
  return {
    ...row,
    values: placed(row.values, order),
    titles: row.titles && placed(row.titles, order)
  };
}

function PageHead(
  props: IHosted & { runs: readonly IComparedRun[]; rows: readonly IRow[] }
): React.JSX.Element {
  const trans = useTrans();
  const { model, commands, runs, rows, inserter } = props;
  const [isAdding, setIsAdding] = React.useState(false);
  const runIds = runs.map(run => run.run.summary.id);
  const labels = runs.map(run => run.label);
  const exportMenu = (element: Element): void => {
    const table = { runIds, labels, rows };
    const made = exportsOf({ table, model, insert: inserter(), trans });
    showMenu(element, exportEntries(made, trans));
  };
  const link = { runIds, baseline: model.baseline?.summary.id ?? null };
  return (
    <>
      <header className="jp-MlopsLab-page-header">
        <h1>{trans._n('%1 run', '%1 runs compared', runs.length, runs.length)}</h1>
        <div className="jp-MlopsLab-page-actions">
          <Button pressed={isAdding} onClick={() => setIsAdding(!isAdding)}>
            {trans.__('Add runs')}
          </Button>
          {commands.hasCommand(CommandIds.copyLink) && (
            <Button onClick={() => void commands.execute(CommandIds.copyLink, link)}>
              {trans.__('Copy link')}
            </Button>
          )}
          <MenuButton onOpen={exportMenu} isEnabled={runs.length > 0}>
            {trans.__('Export')}
          </MenuButton>
        </div>
      </header>
      {isAdding && <RunPicker model={model} onClose={() => setIsAdding(false)} />}
    </>
  );
}

function MenuButton(props: {
  onOpen: (element: Element) => void;
  isEnabled: boolean;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlopsLab-button"
      aria-haspopup="menu"
      disabled={!props.isEnabled}
      onClick={event => props.onOpen(event.currentTarget)}
    >
      {props.children} <span aria-hidden="true">▾</span>
    </button>
  );
}

/** Says that not all runs that were chosen are here. */
function Cut(): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-warning" role="status">
      {trans.__('At most %1 runs can be compared; the first %1 are shown.', MOST_COMPARED)}
    </div>
  );
}

/** Runs that somebody removed meanwhile. */
function Missing({ model }: { model: CompareModel }): React.JSX.Element | null {
  const trans = useTrans();
  const { missing } = model;
  if (missing.length === 0) {
    return null;
  }
  return (
    <div className="jp-MlopsLab-warning" role="status">
      {trans._n(
        '%1 of the compared runs is there no more; it was deleted.',
        '%1 of the compared runs are there no more; they were deleted.',
        missing.length,
        missing.length
      )}{' '}
      <button
        type="button"
        className="jp-MlopsLab-link"
        onClick={() => missing.forEach(runId => model.remove(runId))}
      >
        {trans.__('Compare the others only')}
      </button>
    </div>
  );
}

/** What to do where there is nothing to compare. */
function TooFew(): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-empty" role="status">
      <h3>{trans.__('A comparison needs two runs')}</h3>
      <p>
        {trans.__(
          'Add runs with the button above, or select two or more in the sidebar and choose Compare.'
        )}
      </p>
    </div>
  );
}
