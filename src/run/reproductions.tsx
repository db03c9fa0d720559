/** Owns the proof of a run: its code run again in a clean kernel, and what came of it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { Reproduction } from '../api/types';
import { CodeBlock } from '../components/code';
import { Button, ErrorPanel } from '../components/feedback';
import { formatAgo, formatDuration, formatNumber, formatTime } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import { StatusIcon } from '../components/status';
import type { RunModel } from './model';

type Place = Reproduction['environment'];
type Metric = Reproduction['metrics'][number];
type Difference = Reproduction['differences'][number];

export function Reproductions(props: {
  model: RunModel;
  reproductions: readonly Reproduction[];
}): React.JSX.Element {
  const { model, reproductions } = props;
  const newestFirst = [...reproductions].sort((one, other) => other.started_at - one.started_at);
  return (
    <>
      <Order model={model} isBusy={reproductions.some(item => item.state === 'running')} />
      <div className="jp-MlopsLab-cards">
        {newestFirst.map((item, index) => (
          <Proof key={item.id} proof={item} isOpen={index === 0} />
        ))}
      </div>
    </>
  );
}

/** Where to run the code, and the button that begins. */
function Order(props: { model: RunModel; isBusy: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { model, isBusy } = props;
  const [place, setPlace] = React.useState<Place>('current');
  const [isSent, setIsSent] = React.useState(false);
  const [error, setError] = React.useState<ApiError | null>(null);
  const isRunning = model.run?.summary.status === 'running';
  const start = async (): Promise<void> => {
    setIsSent(true);
    setError(null);
    try {
      await model.reproduce(place);
    } catch (failure) {
      setError(asApiError(failure));
    } finally {
      setIsSent(false);
    }
  };
  return (
    <>
      <p className="jp-MlopsLab-note">
        {trans.__(
          'Runs the recorded cells with the recorded parameters in a clean kernel and compares the metrics. What the code writes, it writes again.'
        )}
      </p>
      <div className="jp-MlopsLab-tools">
        <select
          className="jp-mod-styled"
          aria-label={trans.__('Environment')}
          value={place}
          onChange={event => setPlace(event.target.value as Place)}
        >
          <option value="current">{trans.__('with the packages installed now')}</option>
          <option value="replayed">{trans.__('with the recorded packages')}</option>
        </select>
        <Button
          kind="primary"
          disabled={isBusy || isSent || isRunning}
          title={isRunning ? trans.__('The run has not ended yet') : undefined}
          onClick={() => void start()}
        >
          {trans.__('Reproduce')}
        </Button>
      </div>
      {error && <ErrorPanel error={error} />}
    </>
  );
}

const ICONS = {
  running: 'running',
  agrees: 'finished',
  differs: 'lost',
  failed: 'failed'
} as const;

function Proof(props: { proof: Reproduction; isOpen: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { proof, isOpen } = props;
  const isRunning = proof.state === 'running';
  const now = useNow(isRunning ? 1000 : 60_000);
  const took = (proof.ended_at ?? now) - proof.started_at;
  return (
    <details className="jp-MlopsLab-card" open={isOpen} data-state={proof.state}>
      <summary>
        <StatusIcon status={ICONS[proof.state]} />
        <strong aria-live="polite">{verdict(proof, trans)}</strong>
        <span className="jp-MlopsLab-note" title={formatTime(proof.started_at)}>
          {isRunning
            ? trans.__('for %1', formatDuration(took, trans))
            : trans.__(
                '%1, took %2',
                formatAgo(proof.started_at, now, trans),
                formatDuration(took, trans)
              )}
        </span>
        <span className="jp-MlopsLab-note">
          {proof.environment === 'replayed'
            ? trans.__('recorded packages')
            : trans.__('packages installed now')}
        </span>
      </summary>
      {proof.message && <p>{proof.message}</p>}
      {proof.divergence && <FirstDivergence divergence={proof.divergence} />}
      <Comparison proof={proof} />
      <Differences differences={proof.differences} />
    </details>
  );
}

function verdict(proof: Reproduction, trans: TranslationBundle): string {
  const { metrics } = proof;
  const off = metrics.filter(metric => !metric.agrees).length;
  switch (proof.state) {
    case 'running':
      return trans.__('Running');
    case 'agrees':
      return trans._n('%1 metric agrees', 'All %1 metrics agree', metrics.length, metrics.length);
    case 'differs':
      return trans._n('%2 of %1 metric differs', '%2 of %1 metrics differ', metrics.length, off);
    case 'failed':
      return trans.__('Failed');
  }
}

function FirstDivergence(props: {
  divergence: NonNullable<Reproduction['divergence']>;
}): React.JSX.Element {
  const trans = useTrans();
  const { names, source, error, execution_count: count } = props.divergence;
  const cell =
    count === null ? trans.__('this cell') : trans.__('the cell that ran as [%1]', count);
  return (
    <>
      <p>
        {error
          ? trans.__('It stopped at %1: %2', cell, error)
          : trans.__('The first difference arose in %1: %2', cell, names.join(', '))}
      </p>
      <CodeBlock source={source} label={trans.__('The first cell that differs')} isPython />
    </>
  );
}

function Comparison({ proof }: { proof: Reproduction }): React.JSX.Element | null {
  const trans = useTrans();
  const columns = React.useMemo(() => metricColumns(trans), [trans]);
  return proof.metrics.length === 0 ? null : (
    <>
      <LongTable
        label={trans.__('Metrics compared')}
        columns={columns}
        rows={proof.metrics}
        keyOf={metric => metric.name}
      />
      <p className="jp-MlopsLab-note">
        {trans.__(
          'Tolerance: %1 of the value, or %2.',
          formatNumber(proof.relative_tolerance),
          formatNumber(proof.absolute_tolerance)
        )}
      </p>
    </>
  );
}

function metricColumns(trans: TranslationBundle): IColumn<Metric>[] {
  const number = (name: string, of: (metric: Metric) => Metric['recorded']): IColumn<Metric> => ({
    name,
    kind: 'number',
    value: of,
    draw: metric => {
      const value = of(metric);
      return value === null ? '–' : formatNumber(value);
    }
  });
  return [
    { name: trans.__('Metric'), value: metric => metric.name },
    number(trans.__('Recorded'), metric => metric.recorded),
    number(trans.__('Reproduced'), metric => metric.reproduced),
    {
      name: trans.__('Verdict'),
      value: metric => (metric.agrees ? trans.__('✓ agrees') : trans.__('≠ differs'))
    }
  ];
}

function Differences(props: { differences: readonly Difference[] }): React.JSX.Element | null {
  const trans = useTrans();
  const columns = React.useMemo(() => differenceColumns(trans), [trans]);
  return props.differences.length === 0 ? null : (
    <>
      <h3>{trans.__('What may explain it')}</h3>
      <LongTable
        label={trans.__('Differences that may explain it')}
        columns={columns}
        rows={props.differences}
        keyOf={item => `${item.kind} ${item.name}`}
      />
    </>
  );
}

function differenceColumns(trans: TranslationBundle): IColumn<Difference>[] {
  const kinds: Record<Difference['kind'], string> = {
    package: trans.__('package'),
    python: trans.__('Python'),
    platform: trans.__('platform'),
    data: trans.__('data'),
    code: trans.__('code'),
    seed: trans.__('seed')
  };
  return [
    { name: trans.__('Name'), value: item => item.name },
    { name: trans.__('Kind'), kind: 'note', value: item => kinds[item.kind] },
    { name: trans.__('Recorded'), kind: 'code', value: item => item.recorded ?? '–' },
    { name: trans.__('Now'), kind: 'code', value: item => item.reproduced ?? '–' }
  ];
}
