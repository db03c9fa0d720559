/** Owns the line under a cell whose kernel did not know how to track it, and the way out. */
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IOutputModel } from '@jupyterlab/rendermime';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import { Button } from '../components/feedback';
import { LabProvider, useTrans } from '../components/hooks';
import { isTracked } from './trackLine';

/** What IPython says, as a line of stderr, or as the value of the error. */
const UNKNOWN = /^(UsageError: )?Cell magic `%%track` not found/m;

/** Whether a tracked cell ended with the error that the line which tracks it is not known. */
export function isTrackUnknown(cell: Cell): boolean {
  const { model } = cell;
  if (cell.isDisposed || model.type !== 'code' || !isTracked(model.sharedModel.getSource())) {
    return false;
  }
  const { outputs } = model as ICodeCellModel;
  // Of a cell that could not begin there is nothing else.
  return outputs.length === 1 && saysUnknown(outputs.get(0));
}

function saysUnknown(output: IOutputModel): boolean {
  if (output.type !== 'stream' && output.type !== 'error') {
    return false;
  }
  const {
    output_type: type,
    name,
    text,
    ename,
    evalue
  } = output.toJSON() as {
    output_type: string;
    name?: string;
    text?: string | string[];
    ename?: string;
    evalue?: string;
  };
  if (type === 'stream' && name === 'stderr') {
    return UNKNOWN.test([text ?? ''].flat().join(''));
  }
  return type === 'error' && ename === 'UsageError' && UNKNOWN.test(evalue ?? '');
}

interface INoticeOptions {
  cell: Cell;
  panel: NotebookPanel;
  lab: ILab;
}

/** The line of one cell; it goes when the cell is executed anew. */
export class NoticeWidget extends ReactWidget {
  constructor(options: INoticeOptions) {
    super();
    this._options = options;
    this.addClass('jp-MlopsLab-chip');
  }

  protected override render(): React.JSX.Element {
    const { lab, panel, cell } = this._options;
    const load = async (): Promise<string | null> => {
      const { loadAndRun } = await import('./cellTracking');
      return loadAndRun(panel, cell, lab.trans);
    };
    return (
      <LabProvider value={lab}>
        <Notice onLoad={load} />
      </LabProvider>
    );
  }

  private readonly _options: INoticeOptions;
}

/** Says what is missing; `onLoad` resolves with the reason where it could not be mended. */
export function Notice(props: { onLoad: () => Promise<string | null> }): React.JSX.Element {
  const trans = useTrans();
  const [isLoading, setIsLoading] = React.useState(false);
  const [failure, setFailure] = React.useState<string | null>(null);
  const load = async (): Promise<void> => {
    setIsLoading(true);
    setFailure(null);
    setFailure(await props.onLoad().catch((error: unknown) => String(error)));
    setIsLoading(false);
  };
  return (
    <div
      className="jp-MlopsLab-chip-body jp-mod-notice"
      role="status"
      data-lm-suppress-shortcuts="true"
    >
      <span className="jp-MlopsLab-chip-main">
        {trans.__('MLOps Lab was not loaded in the kernel')}
        <Button
          className="jp-mod-small"
          disabled={isLoading}
          title={trans.__('Load MLOps Lab into the kernel, and run this cell again')}
          onClick={() => void load()}
        >
          {isLoading ? trans.__('Loading…') : trans.__('Load and run')}
        </Button>
        {failure !== null && (
          <span className="jp-MlopsLab-chip-error">
            {trans.__('It could not be loaded: %1', failure)}
          </span>
        )}
      </span>
    </div>
  );
}
