/** Owns the report on the order of cells: what a reader of the notebook would not expect. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Dependency, HistoryCell, Order, Run } from '../api/types';
import { CommandIds } from '../commands';
import { CodeBlock } from '../components/code';
import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';

interface IReportProps {
  order: Order;
  history: readonly HistoryCell[];
  run: Run;
  commands: CommandRegistry;
}

export function OrderReport(props: IReportProps): React.JSX.Element {
  const trans = useTrans();
  const { order, history } = props;
  const odd = order.dependencies.filter(item => item.problem !== null);
  const sources = React.useMemo(
    () => new Map(history.map(cell => [cell.position, cell.source])),
    [history]
  );
  return (
    <>
      {odd.length === 0 && <p>{calmWords(order, trans)}</p>}
      <ul className="jp-MlopsLab-problems">
        {odd.map(item => (
          <li key={item.position}>
            <Problem {...props} item={item} source={sources.get(item.position)} />
          </li>
        ))}
        {order.undefined.length > 0 && (
          <li>
            <p>
              {trans.__(
                'No cell of this kernel is known to have made %1: another program may have put it there.',
                order.undefined.join(', ')
              )}
            </p>
          </li>
        )}
      </ul>
      {order.looked_at === 'nothing' && (
        <p className="jp-MlopsLab-note">
          {trans.__(
            'The notebook was not saved when the cell ran, so it is not known which of the earlier cells still stand in it.'
          )}
        </p>
      )}
    </>
  );
}

function calmWords(order: Order, trans: TranslationBundle): string {
  const count = order.dependencies.length;
  if (count === 0) {
    return trans.__('The cell took no names from earlier cells.');
  }
  return order.looked_at === 'nothing'
    ? trans._n(
        'The cell took names from %1 earlier cell.',
        'The cell took names from %1 earlier cells.',
        count,
        count
      )
    : trans._n(
        'The cell took names from %1 earlier cell, which stands above it as it ran.',
        'The cell took names from %1 earlier cells, which stand above it as they ran.',
        count,
        count
      );
}

function Problem(
  props: IReportProps & { item: Dependency; source: string | undefined }
): React.JSX.Element {
  const trans = useTrans();
  const { item, source, run, commands } = props;
  const { what, advice } = problemWords(item, trans);
  return (
    <>
      <p>
        <strong>{what}</strong> {advice}
      </p>
      {source !== undefined && (
        <details>
          <summary>{trans.__('The code that ran')}</summary>
          <CodeBlock source={source} label={trans.__('The code that ran')} isPython />
          {item.problem !== 'out_of_order' && (
            <Button
              onClick={() =>
                void commands.execute(CommandIds.restoreCode, {
                  runId: run.summary.id,
                  position: item.position
                })
              }
            >
              {trans.__('Restore this cell')}
            </Button>
          )}
        </details>
      )}
    </>
  );
}

/** What is odd about a cell that the run depended on, and what to do about it. */
export function problemWords(
  item: Pick<Dependency, 'problem' | 'names' | 'execution_count'>,
  trans: TranslationBundle
): { what: string; advice: string } {
  const names = item.names.join(', ');
  const cell =
    item.execution_count === null
      ? trans.__('a cell')
      : trans.__('the cell that ran as [%1]', item.execution_count);
  switch (item.problem) {
    case 'deleted':
      return {
        what: trans.__('%1 came from %2, which is no longer in the notebook.', names, cell),
        advice: trans.__('Restore that cell, or the next run from the top fails here.')
      };
    case 'edited':
      return {
        what: trans.__('%1 came from %2, which was edited after it ran.', names, cell),
        advice: trans.__('Run the edited cell and then this one, or restore the code that ran.')
      };
    case 'out_of_order':
      return {
        what: trans.__('%1 came from %2, which stands below this one.', names, cell),
        advice: trans.__('Move it above this cell.')
      };
    default:
      return {
        what: trans.__('%1 came from %2, which was not found in the notebook.', names, cell),
        advice: trans.__('Look whether the notebook still makes these names.')
      };
  }
}
