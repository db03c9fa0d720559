/** Owns the field by which runs are found and added to a comparison. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { RunSummary } from '../api/types';
import { formatAgo, formatNumber, formatTime } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { StatusIcon } from '../components/status';
import type { CompareModel } from './model';

/** Milliseconds without a key after which runs are looked for. */
const PAUSE_MS = 200;

const SHOWN = 30;

/** Most runs that one page of the server has. */
const MOST_LISTED = 200;

interface IFound {
  runs: readonly RunSummary[];
  total: number;
  error: string;
}

interface IPickerProps {
  model: CompareModel;
  onClose: () => void;
}

/** A filter as in the sidebar, and the newest runs that match it; Enter adds the chosen one. */
export function RunPicker({ model, onClose }: IPickerProps): React.JSX.Element {
  const trans = useTrans();
  const [filter, setFilter] = React.useState('');
  const found = useFound(model, filter);
  const [chosen, setChosen] = React.useState(0);
  const id = React.useId();
  const runs = found?.runs.filter(run => !model.runIds.includes(run.id)) ?? [];
  const place = Math.min(chosen, runs.length - 1);
  const add = (run: RunSummary | undefined): void => {
    if (run) {
      model.add([run.id]);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => setChosen(Math.min(place + 1, runs.length - 1)),
      ArrowUp: () => setChosen(Math.max(place - 1, 0)),
      Enter: () => add(runs[place]),
      Escape: onClose
    };
    const act = steps[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  return (
    <div className="jp-MlopsLab-picker" data-lm-suppress-shortcuts="true">
      <input
        className="jp-mod-styled"
        role="combobox"
        autoFocus
        aria-expanded="true"
        aria-controls={`${id}list`}
        aria-activedescendant={runs[place] && `${id}${place}`}
        aria-label={trans.__('Find runs to add')}
        placeholder={trans.__('Find runs to add, such as: metrics.auc > 0.7')}
        value={filter}
        onChange={event => {
          setFilter(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <Found found={found} count={runs.length} />
      <Options id={id} runs={runs} place={place} onChoose={setChosen} onAdd={add} />
    </div>
  );
}

function Options(props: {
  id: string;
  runs: readonly RunSummary[];
  place: number;
  onChoose: (place: number) => void;
  onAdd: (run: RunSummary) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { id, runs, place, onChoose, onAdd } = props;
  return (
    <ul id={`${id}list`} role="listbox" aria-label={trans.__('Runs')}>
      {runs.map((run, index) => (
        <li
          key={run.id}
          id={`${id}${index}`}
          role="option"
          aria-selected={index === place}
          onMouseEnter={() => onChoose(index)}
          onClick={() => onAdd(run)}
        >
          <FoundRun run={run} />
        </li>
      ))}
    </ul>
  );
}

/** What was found, in words; the error of a filter that cannot be understood. */
function Found(props: { found: IFound | null; count: number }): React.JSX.Element {
  const trans = useTrans();
  const { found, count } = props;
  const words = found
    ? found.error ||
      (count === 0
        ? trans.__('No other run matches.')
        : trans._n('%1 run', '%1 runs', found.total, found.total))
    : trans.__('Looking for runs');
  return (
    <div role="status" className={found?.error ? 'jp-MlopsLab-filter-error' : 'jp-MlopsLab-note'}>
      {words}
    </div>
  );
}

function FoundRun({ run }: { run: RunSummary }): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(60_000);
  const { primary_metric: metric } = run;
  return (
    <>
      <StatusIcon status={run.status} />
      <span className="jp-MlopsLab-picker-name">{run.name}</span>
      <span className="jp-MlopsLab-note">{run.experiment}</span>
      <span className="jp-MlopsLab-number">
        {metric && `${metric.name} ${formatNumber(metric.last)}`}
      </span>
      <span className="jp-MlopsLab-note" title={formatTime(run.started_at)}>
        {formatAgo(run.started_at, now, trans)}
      </span>
    </>
  );
}

/** The newest runs that match and are not compared, past all pages that the compared ones fill. */
async function findOthers(
  model: CompareModel,
  filter: string,
  signal: AbortSignal
): Promise<Omit<IFound, 'error'>> {
  const limit = Math.min(SHOWN + model.runIds.length, MOST_LISTED);
  let page = await model.client.listRuns({ filter, limit }, signal);
  const { runs, total } = page;
  const hasOther = (): boolean => page.runs.some(run => !model.runIds.includes(run.id));
  while (!hasOther() && page.next_cursor) {
    page = await model.client.listRuns({ filter, limit, cursor: page.next_cursor }, signal);
    runs.push(...page.runs);
  }
  return { runs, total };
}

/** The runs that match, asked for when the typing pauses; null until the first are here. */
function useFound(model: CompareModel, filter: string): IFound | null {
  const [found, setFound] = React.useState<IFound | null>(null);
  React.useEffect(() => {
    const abort = new AbortController();
    const look = async (): Promise<void> => {
      try {
        setFound({ ...(await findOthers(model, filter, abort.signal)), error: '' });
      } catch (error) {
        if (!abort.signal.aborted) {
          setFound({ runs: [], total: 0, error: asApiError(error).message });
        }
      }
    };
    const timer = window.setTimeout(() => void look(), filter ? PAUSE_MS : 0);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [filter, model, model.runIds]);
  return found;
}
