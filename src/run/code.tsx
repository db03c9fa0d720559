/** Owns the code of a run: its cells, and those that ran before it in the kernel. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Cell, HistoryCell, Order, Run } from '../api/types';
import { CommandIds } from '../commands';
import { CodeBlock } from '../components/code';
import { CopyButton } from '../components/copy';
import { Button } from '../components/feedback';
import { formatCount, formatDuration } from '../components/format';
import { useTrans } from '../components/hooks';

export function Code({ cells }: { cells: readonly Cell[] }): React.JSX.Element {
  const trans = useTrans();
  const all = cells.map(cell => cell.source).join('\n\n');
  return (
    <>
      <div className="jp-MlopsLab-tools">
        <CopyButton text={all}>{trans.__('Copy code')}</CopyButton>
      </div>
      {cells.map((cell, index) => (
        <CodeBlock
          key={index}
          source={cell.source}
          label={trans.__('Code of the tracked cell')}
          isPython
        />
      ))}
    </>
  );
}

/** Cells that are listed at first, and with each press of the button. */
const STEP = 100;

/** The cells that ran before; those that the run took names from are marked and come first. */
export function EarlierCells(props: {
  history: readonly HistoryCell[];
  order: Order | null;
  run: Run;
  commands: CommandRegistry;
}): React.JSX.Element {
  const trans = useTrans();
  const { history, order, run, commands } = props;
  const [limit, setLimit] = React.useState(STEP);
  const taken = React.useMemo(
    () => new Map((order?.dependencies ?? []).map(item => [item.position, item.names])),
    [order]
  );
  const newestFirst = React.useMemo(
    () =>
      [...history].sort(
        (one, other) =>
          Number(taken.has(other.position)) - Number(taken.has(one.position)) ||
          other.position - one.position
      ),
    [history, taken]
  );
  const rest = history.length - limit;
  return (
    <>
      <div className="jp-MlopsLab-tools">
        <Button
          onClick={() =>
            void commands.execute(CommandIds.restoreHistory, { runId: run.summary.id })
          }
          title={trans.__('Put these cells and the code of the run into a new notebook')}
        >
          {trans.__('Restore into a new notebook')}
        </Button>
        <span className="jp-MlopsLab-note">
          {trans.__('Cells that the run took names from come first.')}
        </span>
      </div>
      {newestFirst.slice(0, limit).map(cell => (
        <EarlierCell key={cell.position} cell={cell} names={taken.get(cell.position)} />
      ))}
      {rest > 0 && (
        <Button onClick={() => setLimit(limit + STEP)}>
          {trans.__('Show more of the other %1', formatCount(rest))}
        </Button>
      )}
    </>
  );
}

/** One cell; its code is drawn when it is opened. */
function EarlierCell(props: { cell: HistoryCell; names?: readonly string[] }): React.JSX.Element {
  const trans = useTrans();
  const { cell, names } = props;
  const [wasOpen, setWasOpen] = React.useState(false);
  return (
    <details
      className="jp-MlopsLab-earlier"
      onToggle={event => event.currentTarget.open && setWasOpen(true)}
    >
      <summary>
        <code className="jp-MlopsLab-note">[{cell.execution_count ?? ' '}]</code>
        <code className="jp-MlopsLab-earlier-line">{firstLine(cell.source)}</code>
        {names && (
          <span className="jp-MlopsLab-badge jp-mod-used" title={names.join(', ')}>
            {trans.__('used: %1', shortList(names))}
          </span>
        )}
        {cell.status === 'error' && (
          <span className="jp-MlopsLab-badge jp-mod-warn">{trans.__('failed')}</span>
        )}
        {cell.duration_ms !== null && (
          <span className="jp-MlopsLab-note">{formatDuration(cell.duration_ms, trans)}</span>
        )}
      </summary>
      {wasOpen && (
        <>
          <CodeBlock source={cell.source} label={trans.__('Code of an earlier cell')} isPython />
          <CopyButton text={cell.source}>{trans.__('Copy code')}</CopyButton>
        </>
      )}
    </details>
  );
}

function firstLine(source: string): string {
  return source.trim().split('\n', 1)[0] ?? '';
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown}, …` : shown;
}
