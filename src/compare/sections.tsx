/** Owns what lies around the table of a comparison: why, charts, code, data, outputs. */
import * as React from 'react';

import type { Comparison } from '../api/types';
import { ErrorPanel, Section, Skeleton } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';
import { CodeDifferences } from './code';
import { ChartsSection } from './chartsSection';
import { DataDifferences } from './data';
import { toggled, type SectionName } from './layout';
import type { CompareModel } from './model';
import { Outputs } from './outputs';
import type { IHosted } from './host';
import type { IRow } from './rows';
import { Why, whyTitle } from './why';

interface ISectionsProps extends IHosted {
  runs: readonly IComparedRun[];
  rows: readonly IRow[];
  /** Bring the row of this key into view. */
  onReveal: (key: string) => void;
  children: React.ReactNode;
}

export function Sections(props: ISectionsProps): React.JSX.Element {
  const trans = useTrans();
  const { model, runs, rows, onReveal } = props;
  const [isLater, setIsLater] = React.useState(false);
  // A frame of its own lets the table be seen before the rest is worked out.
  React.useEffect(() => {
    const frame = requestAnimationFrame(() => setIsLater(true));
    return () => cancelAnimationFrame(frame);
  }, []);
  const page = React.useRef<HTMLDivElement>(null);
  const openSection = (name: SectionName): void => {
    model.arrange({ folded: model.layout.folded.filter(item => item !== name) });
    page.current
      ?.querySelector(`[data-section="${name}"]`)
      ?.scrollIntoView({ block: 'start', behavior: 'smooth' });
  };
  return (
    <div ref={page}>
      <Folding model={model} name="why" title={whyTitle(model, runs, trans)}>
        <Why model={model} runs={runs} rows={rows} onRow={onReveal} onSection={openSection} />
      </Folding>
      {props.children}
      {isLater && <Below {...props} />}
    </div>
  );
}

/** What stands below the table, and is drawn after it. */
function Below(props: ISectionsProps): React.JSX.Element {
  const trans = useTrans();
  const { model, runs, rendermime } = props;
  const fold = { model };
  return (
    <>
      <Folding {...fold} name="charts" title={trans.__('Charts')}>
        <ChartsSection model={model} commands={props.commands} />
      </Folding>
      <Folding {...fold} name="code" title={trans.__('Code')}>
        <Differing model={model}>
          {comparison => <CodeDifferences diffs={comparison.cells} runs={runs} />}
        </Differing>
      </Folding>
      <Folding {...fold} name="data" title={trans.__('Data')}>
        <Differing model={model}>
          {comparison => <Data comparison={comparison} model={model} runs={runs} />}
        </Differing>
      </Folding>
      <Folding {...fold} name="outputs" title={trans.__('Outputs')}>
        <Captured model={model}>
          <Outputs model={model} runs={runs} captures={model.captures} rendermime={rendermime} />
        </Captured>
      </Folding>
    </>
  );
}

/** A section that stays open or folded over a reload. */
function Folding(props: {
  model: CompareModel;
  name: SectionName;
  title: string;
  children: React.ReactNode;
}): React.JSX.Element {
  const { model, name, title, children } = props;
  const { folded } = model.layout;
  const isOpen = !folded.includes(name);
  return (
    <Section
      title={title}
      name={name}
      isOpen={isOpen}
      onToggle={open => open !== isOpen && model.arrange({ folded: toggled(folded, name) })}
    >
      {children}
    </Section>
  );
}

/** What shows pairwise differences: waiting, failed, or here. */
function Differing(props: {
  model: CompareModel;
  children: (comparison: Comparison) => React.ReactNode;
}): React.JSX.Element {
  const { model, children } = props;
  const { value, error } = model.differences;
  if (error) {
    return <ErrorPanel error={error} onRetry={() => model.askAgain()} />;
  }
  // Differences from another baseline would be told wrongly.
  const isCurrent = value !== null && value.baseline === model.baseline?.summary.id;
  return isCurrent ? <>{children(value)}</> : <Skeleton rows={3} height={40} />;
}

/** Profiles are drawn from what was captured, which is asked for when data differs. */
function Data(props: {
  comparison: Comparison;
  model: CompareModel;
  runs: readonly IComparedRun[];
}): React.JSX.Element {
  const { comparison, model, runs } = props;
  const { data } = comparison;
  const parts = <DataDifferences diffs={data} runs={runs} captures={model.captures} />;
  const hasColumns = data.some(diff => diff.versions.some(version => version.columns.length > 0));
  return hasColumns ? <Captured model={model}>{parts}</Captured> : parts;
}

/** Asks for what was captured of the runs as soon as it is drawn. */
function Captured(props: { model: CompareModel; children: React.ReactNode }): React.JSX.Element {
  const { model, children } = props;
  React.useEffect(() => {
    if (!model.capturing.wasAsked) {
      void model.capture();
    }
  }, [model]);
  return <>{children}</>;
}
