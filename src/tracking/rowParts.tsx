/** Owns the small parts that rows of runs are made of. */
import * as React from 'react';

import type { Experiment, Glance, RunSummary } from '../api/types';
import { formatAge, formatDuration, formatNumber, formatTime } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { STANDING_MARKS, standingOf } from '../components/standing';
import type { IRowProps } from './rowProps';
import { Sign, type SignName } from './signs';

const SECOND = 1000;

/** The name; a field in its place while it is changed. */
export function RunName(props: IRowProps): React.JSX.Element {
  const { run, isRenaming, actions } = props;
  return isRenaming ? (
    <NameField name={run.name} onEnd={(name, isByKey) => actions.rename(run.id, name, isByKey)} />
  ) : (
    <span className="jp-MlopsLab-runRow-name" title={run.name}>
      {run.name}
    </span>
  );
}

/** Enter keeps the name, as does leaving the field; Escape does not. */
export function NameField(props: {
  name: string;
  onEnd: (name: string | null, isByKey: boolean) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const field = React.useRef<HTMLInputElement>(null);
  const isOver = React.useRef(false);
  const end = (name: string | null, isByKey: boolean): void => {
    if (!isOver.current) {
      isOver.current = true;
      props.onEnd(name, isByKey);
    }
  };
  React.useEffect(() => field.current?.select(), []);
  return (
    <input
      ref={field}
      className="jp-MlopsLab-runRow-rename"
      defaultValue={props.name}
      aria-label={trans.__('New name of %1', props.name)}
      spellCheck={false}
      onClick={event => event.stopPropagation()}
      onDoubleClick={event => event.stopPropagation()}
      onPointerDown={event => event.stopPropagation()}
      onBlur={event => end(event.target.value, false)}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Enter') {
          end(event.currentTarget.value, true);
        } else if (event.key === 'Escape') {
          end(null, true);
        }
      }}
    />
  );
}

/** Signs that the run is pinned, or that somebody wrote a note. */
export function Flags({ run, glance, isPinned, actions }: IRowProps): React.JSX.Element {
  const trans = useTrans();
  const button = (sign: SignName, title: string, act: () => void): React.JSX.Element => (
    <button
      type="button"
      tabIndex={-1}
      className="jp-MlopsLab-runRow-flag"
      title={title}
      aria-label={title}
      onClick={event => {
        event.stopPropagation();
        act();
      }}
      onDoubleClick={event => event.stopPropagation()}
    >
      <Sign name={sign} />
    </button>
  );
  return (
    <>
      {isPinned && button('pin', trans.__('Pinned; click to unpin'), () => actions.unpin(run.id))}
      {glance?.note &&
        button('note', trans.__('Note: %1', glance.note), () => actions.showNote(run.id))}
    </>
  );
}

/** Signs of what is odd about a run; its page says more. */
export function Odd({ run }: { run: RunSummary }): React.JSX.Element {
  const trans = useTrans();
  const order = trans.__('The notebook run from top to bottom may not give this result');
  const same = trans.__('Same code, data and parameters as an earlier run');
  return (
    <>
      {run.has_order_problems && (
        <span className="jp-MlopsLab-runRow-odd" role="img" aria-label={order} title={order}>
          <Sign name="odd" />
        </span>
      )}
      {run.same_as && (
        <span className="jp-MlopsLab-runRow-odd" role="img" aria-label={same} title={same}>
          <Sign name="same" />
        </span>
      )}
    </>
  );
}

/** How far the metric is from the best of its experiment; in words too where there is room for them. */
export function Gap(props: {
  run: RunSummary;
  experiment: Experiment | null;
  isShort?: boolean;
}): React.JSX.Element | null {
  const trans = useTrans();
  const standing = standingOf(props.run, props.experiment);
  if (!standing) {
    return null;
  }
  const { kind } = standing;
  const difference = kind === 'best' ? '' : formatNumber(standing.difference);
  const words = {
    best: kind === 'best' ? trans.__('Best of %1 runs', standing.runs) : '',
    better: trans.__('%1 better than the best', difference),
    worse: trans.__('%1 worse than the best', difference),
    equal: trans.__('As good as the best')
  };
  const signed = kind === 'best' ? '' : `${standing.isHigher ? '+' : '−'}${difference}`;
  const short = {
    best: trans.__('best'),
    better: props.isShort ? signed : trans.__('%1 better', signed),
    worse: props.isShort ? signed : trans.__('%1 worse', signed),
    equal: trans.__('best')
  };
  return (
    <span
      className={`jp-MlopsLab-standing jp-MlopsLab-number jp-mod-${kind}`}
      role="img"
      aria-label={words[kind]}
      title={words[kind]}
    >
      {STANDING_MARKS[kind]} <span className="jp-MlopsLab-standing-word">{short[kind]}</span>
    </span>
  );
}

/** When it began, or for how long it runs. */
export function RunAge({ run, now }: { run: RunSummary; now: number }): React.JSX.Element {
  const trans = useTrans();
  const title = trans.__('Began %1', formatTime(run.started_at));
  return (
    <span className="jp-MlopsLab-runRow-age jp-MlopsLab-number" title={title}>
      {run.status === 'running' ? (
        <Elapsed since={run.started_at} />
      ) : (
        formatAge(run.started_at, now, trans)
      )}
    </span>
  );
}

/** Time that goes on. */
export function Elapsed({ since }: { since: number }): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(SECOND);
  return <>{formatDuration(Math.max(0, Math.floor((now - since) / SECOND) * SECOND), trans)}</>;
}

/** Some tags, by their values alone where room is short, and how many more there are. */
export function TagList(props: {
  tags: Glance['tags'];
  most: number;
  isShort?: boolean;
}): React.JSX.Element | null {
  const { tags, most, isShort } = props;
  const rest = tags.slice(most);
  const words = ({ name, value }: Glance['tags'][number]): string => `${name}: ${value}`;
  return tags.length === 0 ? null : (
    <span className="jp-MlopsLab-runRow-tags">
      {tags.slice(0, most).map(tag => (
        <span key={tag.name} className="jp-MlopsLab-runRow-tag" title={words(tag)}>
          {!isShort && <span className="jp-MlopsLab-runRow-tagName">{tag.name}</span>}
          {tag.value || tag.name}
        </span>
      ))}
      {rest.length > 0 && <span title={rest.map(words).join('\n')}>+{rest.length}</span>}
    </span>
  );
}
