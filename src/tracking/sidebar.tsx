/** Owns the widget of the sidebar; what it shows is loaded when it is first seen. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { Skeleton } from '../components/feedback';
import { LabProvider, Sight, SightProvider } from '../components/hooks';
import { runsIcon } from '../icons';
import type { ISidebarOptions } from './sidebarOptions';

const Panel = React.lazy(() => import('./panel'));

const ROW_HEIGHT = 46;

/** The left sidebar. */
export class RunsPanel extends ReactWidget {
  constructor(options: ISidebarOptions) {
    super();
    this._options = options;
    const { trans } = options.lab;
    this.id = 'mlops-lab-runs';
    this.addClass('jp-MlopsLab-panel');
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs (MLOps Lab)');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs'));
  }

  protected override render(): React.JSX.Element {
    const { lab, ...rest } = this._options;
    return (
      <LabProvider value={lab}>
        <SightProvider value={this._sight}>
          <React.Suspense fallback={<Skeleton rows={10} height={ROW_HEIGHT} />}>
            <Panel {...rest} />
          </React.Suspense>
        </SightProvider>
      </LabProvider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setSeen(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setSeen(false);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._setSeen(this.isVisible);
  }

  private _setSeen(isSeen: boolean): void {
    this._options.model.isActive = isSeen;
    this._sight.isSeen = isSeen;
  }

  private readonly _options: ISidebarOptions;
  private readonly _sight = new Sight();
}
