/** Owns the table of a run's params, each with where it came from. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Param } from '../api/types';
import { Button } from '../components/feedback';
import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';

/** Characters of a value that the table shows; the whole of it is its title. */
const SHOWN = 300;

/** What the user typed comes first, what models were made of last. */
const RANKS: Record<Param['origin'], number> = {
  assigned: 0,
  option: 0,
  injected: 0,
  logged: 1,
  read: 2,
  model: 3
};

/** What of a model nobody set. */
function isDefault({ origin, detail }: Param): boolean {
  return origin === 'model' && /(^|, )default$/.test(detail);
}

/** Defaults of models up to which they are shown with the rest. */
const FEW = 5;

export function Params({ params }: { params: readonly Param[] }): React.JSX.Element {
  const trans = useTrans();
  const columns = React.useMemo(() => columnsOf(trans), [trans]);
  const [isWhole, setIsWhole] = React.useState(false);
  const sorted = React.useMemo(
    () => [...params].sort((one, other) => RANKS[one.origin] - RANKS[other.origin]),
    [params]
  );
  const given = sorted.filter(param => !isDefault(param));
  const defaults = sorted.length - given.length;
  const isFolded = defaults > FEW && given.length > 0;
  if (params.length === 0) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('This run has no parameters.')}{' '}
        {trans.__('What the cell assigns, such as rate = 0.1, becomes one.')}
      </p>
    );
  }
  return (
    <>
      <LongTable
        label={trans.__('Parameters')}
        columns={columns}
        rows={isFolded && !isWhole ? given : sorted}
        keyOf={param => param.name}
      />
      {isFolded && (
        <Button className="jp-mod-small" pressed={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {trans.__('Show %1 defaults of models', formatCount(defaults))}
        </Button>
      )}
    </>
  );
}

function columnsOf(trans: TranslationBundle): IColumn<Param>[] {
  const origins: Record<Param['origin'], string> = {
    assigned: trans.__('assigned in the cell'),
    read: trans.__('read by the cell'),
    option: trans.__('option of %%track'),
    injected: trans.__('given to the job'),
    logged: trans.__('logged'),
    model: trans.__('of the model')
  };
  const placeOf = (detail: string): string => {
    const line = /^line (\d+)$/.exec(detail)?.[1];
    return line === undefined ? detail : trans.__('line %1', line);
  };
  const source = ({ origin, detail }: Param): string =>
    origin === 'assigned' && detail
      ? trans.__('assigned in the cell, %1', placeOf(detail))
      : detail || origins[origin];
  return [
    { name: trans.__('Parameter'), value: param => param.name },
    {
      name: trans.__('Value'),
      kind: 'code',
      value: param => param.value,
      draw: param => param.value.slice(0, SHOWN)
    },
    {
      name: trans.__('Where from'),
      kind: 'note',
      value: source,
      title: param => [origins[param.origin], param.detail].filter(Boolean).join(': ')
    }
  ];
}
