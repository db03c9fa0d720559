/** Owns the main-area view of one comparison: its widget, and what its parts may do. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import { ModelView } from '../components/mainView';
import type { CompareModel } from './model';
import type { IHosted } from './host';
import { ComparePage } from './page';

export class CompareView extends ModelView<CompareModel> {
  constructor(options: {
    model: CompareModel;
    lab: ILab;
    commands: CommandRegistry;
    rendermime: IRenderMimeRegistry | null;
    inserter: IHosted['inserter'];
  }) {
    super(options);
    this._options = options;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._fetchCharts();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._fetchCharts();
  }

  protected override draw(): React.JSX.Element {
    const { model, commands, rendermime, inserter } = this._options;
    return (
      <ComparePage model={model} commands={commands} rendermime={rendermime} inserter={inserter} />
    );
  }

  /** What draws comes while the runs do; a failure is told where a chart is drawn. */
  private _fetchCharts(): void {
    if (this.isVisible && !this.model.layout.folded.includes('charts')) {
      this.desk.plotly().catch(() => undefined);
    }
  }

  private readonly _options: IHosted;
}
