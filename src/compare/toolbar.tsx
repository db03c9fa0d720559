/** Owns the tools above the table of a comparison: search, which value, which way round. */
import * as React from 'react';

import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { CompareModel } from './model';
import { GROUPS, type Statistic } from './rows';

interface IToolbarProps {
  model: CompareModel;
  search: string;
  onSearch: (text: string) => void;
  /** How many rows the search found; null without one. */
  found: number | null;
}

export function Toolbar({ model, search, onSearch, found }: IToolbarProps): React.JSX.Element {
  const trans = useTrans();
  const { isTransposed, unfolded } = model.layout;
  return (
    <div className="jp-MlopsLab-compare-tools" role="toolbar" aria-label={trans.__('Table')}>
      <input
        type="search"
        className="jp-mod-styled"
        placeholder={trans.__('Search rows')}
        aria-label={trans.__('Search rows by name or value')}
        value={search}
        onChange={event => onSearch(event.target.value)}
      />
      <StatisticSelect model={model} />
      <Button
        className="jp-mod-small"
        pressed={unfolded.length > 0}
        title={trans.__('Show the rows that are equal in all runs too')}
        onClick={() => model.arrange({ unfolded: unfolded.length > 0 ? [] : GROUPS })}
      >
        {trans.__('Equal rows')}
      </Button>
      <Button
        className="jp-mod-small"
        pressed={isTransposed}
        title={trans.__('Show runs as rows, for many runs')}
        onClick={() => model.arrange({ isTransposed: !isTransposed })}
      >
        {trans.__('Runs as rows')}
      </Button>
      <span role="status" className="jp-MlopsLab-note">
        {found !== null && trans._n('%1 row found', '%1 rows found', found, found)}
      </span>
    </div>
  );
}

function StatisticSelect({ model }: { model: CompareModel }): React.JSX.Element {
  const trans = useTrans();
  const words: Record<Statistic, string> = {
    last: trans.__('Last values'),
    best: trans.__('Best values'),
    min: trans.__('Lowest values'),
    max: trans.__('Highest values')
  };
  return (
    <select
      className="jp-mod-styled"
      aria-label={trans.__('Which value of each metric')}
      title={trans.__('Which value of each metric')}
      value={model.layout.statistic}
      onChange={event => model.arrange({ statistic: event.target.value as Statistic })}
    >
      {Object.entries(words).map(([statistic, word]) => (
        <option key={statistic} value={statistic}>
          {word}
        </option>
      ))}
    </select>
  );
}
