/** Owns the lineage of a run: how it is fetched, and where its boxes lead. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { Lineage } from '../api/types';
import { CommandIds } from '../commands';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { useTrans } from '../components/hooks';
import { Drawing } from './lineageDrawing';
import { lineageGraph, type Opening } from './lineageGraph';
import type { RunModel } from './model';
import { Versions } from './versions';

interface ILineageProps {
  model: RunModel;
  commands: CommandRegistry;
  onReveal: (section: string) => void;
}

export function LineageSection(props: ILineageProps): React.JSX.Element {
  const { model } = props;
  const [lineage, setLineage] = React.useState<Lineage | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  const [attempt, setAttempt] = React.useState(0);
  const status = model.run?.summary.status;
  const proofs = model.capture?.reproductions.length;
  const data = model.capture?.data.length;
  const { registrations } = model.edits;
  React.useEffect(() => {
    const abort = new AbortController();
    model.getLineage(abort.signal).then(
      found => {
        if (!abort.signal.aborted) {
          setLineage(found);
          setError(null);
        }
      },
      (failure: unknown) => abort.signal.aborted || setError(asApiError(failure))
    );
    return () => abort.abort();
  }, [model, attempt, status, proofs, data, registrations]);
  if (error) {
    return <ErrorPanel error={error} onRetry={() => setAttempt(attempt + 1)} />;
  }
  return lineage ? <Graph lineage={lineage} {...props} /> : <Skeleton rows={3} height={48} />;
}

function Graph(props: ILineageProps & { lineage: Lineage }): React.JSX.Element {
  const trans = useTrans();
  const { lineage, commands, onReveal } = props;
  const graph = React.useMemo(() => lineageGraph(lineage, trans), [lineage, trans]);
  const host = React.useRef<HTMLDivElement>(null);
  const open = (opening: Opening): void => {
    if ('section' in opening) {
      onReveal(opening.section);
    } else if ('version' in opening) {
      leadTo(host.current, opening.version);
    } else if ('runId' in opening) {
      void commands.execute(CommandIds.openRun, opening);
    } else {
      void commands.execute(CommandIds.openJobs, opening);
    }
  };
  if (graph.lines.length === 0 && graph.repeated === null) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('Nothing that this run read, made or led to is known.')}
      </p>
    );
  }
  return (
    <div ref={host}>
      <Drawing graph={graph} onOpen={open} />
      <Versions versions={lineage.versions} />
    </div>
  );
}

/** Leads the reader, and the keyboard, to the row of a version. */
function leadTo(host: HTMLElement | null, version: string): void {
  const rows = host?.querySelectorAll<HTMLElement>('[data-version]') ?? [];
  const row = [...rows].find(one => one.dataset['version'] === version);
  row?.scrollIntoView({ block: 'center' });
  row?.focus({ preventScroll: true });
}
