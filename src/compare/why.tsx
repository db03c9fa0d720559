/** Owns "Why is B better than A?": one list of what differs, most likely cause first, on the evidence. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Explanation } from '../api/types';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { formatDifference, formatNumber } from '../components/format';
import { useTrans } from '../components/hooks';
import { WAY_MARKS, type IComparedRun } from './cells';
import { Change } from './change';
import type { SectionName } from './layout';
import type { CompareModel } from './model';
import type { GroupName, IRow } from './rows';
import { remarkWords } from './remarkWords';
import { STEP, WhyRoom } from './whyRoom';
import {
  causeWords,
  evidenceWords,
  hasLikelihood,
  likelihoodWords,
  noiseWords,
  verdictWords
} from './whyWords';

type Cause = Explanation['causes'][number];

interface IWhyProps {
  model: CompareModel;
  runs: readonly IComparedRun[];
  rows: readonly IRow[];
  /** Bring a row of the table into view. */
  onRow: (key: string) => void;
  onSection: (section: SectionName) => void;
}

export function Why(props: IWhyProps): React.JSX.Element {
  const { model } = props;
  const { value, error } = model.explanation;
  const [before, after] = model.pair ?? [];
  const isCurrent = value !== null && value.baseline === before && value.run_id === after;
  return (
    <div className="jp-MlopsLab-why">
      <PairChoice {...props} />
      <WhyRoom
        key={`${before} ${after}`}
        explanation={isCurrent && !error ? value : null}
        isWaiting={!isCurrent && !error}
      >
        {isAll =>
          error ? (
            <ErrorPanel error={error} onRetry={() => model.askAgain()} />
          ) : isCurrent ? (
            <Causes {...props} explanation={value} isAll={isAll} />
          ) : (
            <Skeleton rows={3} height={40} />
          )
        }
      </WhyRoom>
    </div>
  );
}

/** Which two runs are explained. */
function PairChoice({ model, runs }: IWhyProps): React.JSX.Element {
  const trans = useTrans();
  const [before = '', after = ''] = model.pair ?? [];
  const choose = (side: 'before' | 'after', id: string): void => {
    const isOther = id === (side === 'before' ? after : before);
    const [one, other] = isOther ? [after, before] : side === 'before' ? [id, after] : [before, id];
    model.explain(one, other);
  };
  const select = (side: 'before' | 'after', value: string, label: string): React.JSX.Element => (
    <select
      className="jp-mod-styled"
      aria-label={label}
      title={label}
      value={value}
      onChange={event => choose(side, event.target.value)}
    >
      {runs.map(({ run, label: name }) => (
        <option key={run.summary.id} value={run.summary.id}>
          {name}
        </option>
      ))}
    </select>
  );
  return (
    <div className="jp-MlopsLab-why-pair">
      {select('after', after, trans.__('The run to explain'))}
      <span className="jp-MlopsLab-note">{trans.__('held against')}</span>
      {select('before', before, trans.__('The run that it is held against'))}
      <MetricChoice model={model} />
    </div>
  );
}

/** By which metric they are judged; only those that both have. */
function MetricChoice({ model }: { model: CompareModel }): React.JSX.Element | null {
  const trans = useTrans();
  const { value } = model.explanation;
  const names = model.judging;
  return names.length < 2 ? null : (
    <>
      <span className="jp-MlopsLab-note">{trans.__('by')}</span>
      <select
        className="jp-mod-styled"
        aria-label={trans.__('The metric by which they are judged')}
        title={trans.__('The metric by which they are judged')}
        value={model.judge ?? value?.metric ?? ''}
        onChange={event => model.judgeBy(event.target.value)}
      >
        {names.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}

/** The question that is answered. */
export function whyTitle(
  model: CompareModel,
  runs: readonly IComparedRun[],
  trans: TranslationBundle
): string {
  const [before, after] = model.pair ?? [];
  const name = (id: string | undefined): string =>
    runs.find(({ run }) => run.summary.id === id)?.label ?? '';
  const { value } = model.explanation;
  const isKnown = value?.baseline === before && value?.run_id === after;
  const better = isKnown ? value?.better : null;
  if (better === true) {
    return trans.__('Why is %1 better than %2?', name(after), name(before));
  }
  if (better === false) {
    return trans.__('Why is %1 worse than %2?', name(after), name(before));
  }
  return trans.__('How does %1 differ from %2?', name(after), name(before));
}

function Causes(
  props: IWhyProps & { explanation: Explanation; isAll: boolean }
): React.JSX.Element {
  const trans = useTrans();
  const { explanation, isAll } = props;
  const { causes, notes, remarks } = explanation;
  const told = remarks.map((remark, place) => remarkWords(remark, notes[place] ?? '', trans));
  return (
    <>
      <Verdict explanation={explanation} />
      {told.length > 0 && <p className="jp-MlopsLab-note">{told.join(' ')}</p>}
      <ol className="jp-MlopsLab-why-list">
        {(isAll ? causes : causes.slice(0, STEP)).map(cause => (
          <CauseItem key={`${cause.section} ${cause.name}`} {...props} cause={cause} />
        ))}
      </ol>
    </>
  );
}

/** What the metric did, and how sure the list below is. */
function Verdict({ explanation }: { explanation: Explanation }): React.JSX.Element {
  const trans = useTrans();
  const { metric, values, better, verdict, noise, noise_runs: noiseRuns } = explanation;
  const [before, after] = values;
  const isKnown = before !== null && after !== null && before !== undefined && after !== undefined;
  const kind = better === null ? 'odd' : better ? 'better' : 'worse';
  const words = { odd: '', better: trans.__('better'), worse: trans.__('worse') };
  return (
    <p className="jp-MlopsLab-why-verdict" role="status">
      {metric && isKnown && (
        <>
          <strong>{metric}</strong>{' '}
          <span className="jp-MlopsLab-number">
            {formatNumber(before)} → {formatNumber(after)}
          </span>{' '}
          <span className={`jp-MlopsLab-distance jp-mod-${kind}`}>
            <span aria-hidden="true">{WAY_MARKS[kind]}</span>
            <span>{formatDifference(after, before)}</span>
            <span>{words[kind]}</span>
          </span>{' '}
        </>
      )}
      {verdictWords(verdict, trans)}{' '}
      {noise !== null && noiseRuns > 1 && (
        <span className="jp-MlopsLab-note">{noiseWords(noise, noiseRuns, trans)}</span>
      )}
    </p>
  );
}

function CauseItem(
  props: IWhyProps & { explanation: Explanation; cause: Cause }
): React.JSX.Element {
  const trans = useTrans();
  const { cause, explanation } = props;
  const title = causeWords(cause, trans);
  return (
    <li className="jp-MlopsLab-why-item">
      <div className="jp-MlopsLab-why-head">
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Show where it differs')}
          onClick={() => openCause(props)}
        >
          {title}
        </button>
        {!TOLD_BY_FACTS.has(cause.kind) && !isInTitle(title, cause) && (
          <Change before={cause.before} after={cause.after} />
        )}
        {hasLikelihood(explanation) && <Likelihood weight={cause.weight} />}
      </div>
      <ul className="jp-MlopsLab-why-evidence">
        {cause.evidence.map(evidence => (
          <EvidenceItem key={evidence.text} cause={cause} evidence={evidence} />
        ))}
      </ul>
    </li>
  );
}

/** How likely it is the cause: in a word, and as a bar. */
function Likelihood({ weight }: { weight: number }): React.JSX.Element {
  const trans = useTrans();
  const percent = Math.round(100 * weight);
  return (
    <span
      className="jp-MlopsLab-meter"
      title={trans.__(
        'How likely this made the difference: %1 of 100. What other runs of the experiment show counts most; where they show nothing, it is a guess from the kind of change.',
        percent
      )}
    >
      <span aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span>{likelihoodWords(weight, trans)}</span>
    </span>
  );
}

function EvidenceItem(props: {
  cause: Cause;
  evidence: Cause['evidence'][number];
}): React.JSX.Element {
  const trans = useTrans();
  const { cause, evidence } = props;
  const { supports } = evidence;
  return (
    <li>
      <span aria-hidden="true">{supports === null ? '·' : supports ? '✓' : '✗'}</span>{' '}
      {supports === false && (
        <span className="jp-MlopsLab-hiddenText">{trans.__('speaks against it')}</span>
      )}
      {evidenceWords(evidence, cause, trans)}
    </li>
  );
}

/** Kinds of which before and after are sentences, and facts tell them. */
const TOLD_BY_FACTS: ReadonlySet<Cause['kind']> = new Set(['code', 'order']);

/** Whether the title tells what was before and after. */
function isInTitle(title: string, { before, after }: Cause): boolean {
  return [before, after].every(word => word === null || title.includes(word));
}

const GROUP_OF: Partial<Record<Cause['section'], GroupName>> = {
  params: 'params',
  environment: 'environment',
  hardware: 'hardware',
  git: 'code',
  model: 'environment'
};

const SECTION_OF: Partial<Record<Cause['section'], SectionName>> = { data: 'data' };

/** Open the row that shows the difference, or else the section. */
function openCause({ cause, rows, onRow, onSection }: IWhyProps & { cause: Cause }): void {
  const group = GROUP_OF[cause.section];
  const row =
    rows.find(item => item.group === group && item.name === cause.name) ??
    rows.find(item => item.group === group && !item.isEqual);
  if (group && row) {
    onRow(row.key);
  } else {
    onSection(SECTION_OF[cause.section] ?? 'code');
  }
}
