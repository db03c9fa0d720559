/** Owns what our main-area views do alike: fetch only while somebody looks at them. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { LiveModel } from '../api/live';
import type { ILab } from '../api/tokens';
import { ChartDesk, DeskProvider } from './charts/desk';
import { ConnectionLine, useConnected } from './connection';
import { ErrorPanel, Skeleton } from './feedback';
import { LabProvider, Sight, SightProvider, useModel } from './hooks';

/** A main-area view of one model, which it disposes of with itself. */
export abstract class ModelView<M extends LiveModel> extends ReactWidget {
  constructor(options: { model: M; lab: ILab }) {
    super();
    this.model = options.model;
    this._lab = options.lab;
    this.addClass('jp-MlopsLab-view');
    this.node.tabIndex = -1;
  }

  readonly model: M;

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  /** Draw the model; it has been loaded. */
  protected abstract draw(): React.JSX.Element;

  protected override render(): React.JSX.Element {
    return (
      <LabProvider value={this._lab}>
        <SightProvider value={this._sight}>
          <DeskProvider value={this.desk}>
            <Frame model={this.model} draw={() => this.draw()} />
          </DeskProvider>
        </SightProvider>
      </LabProvider>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._setSeen(this.isVisible);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._setSeen(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setSeen(false);
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }

  private _setSeen(isSeen: boolean): void {
    this.model.isActive = isSeen;
    this._sight.isSeen = isSeen;
  }

  /** What the charts of the view share. */
  protected readonly desk = new ChartDesk();

  private readonly _lab: ILab;
  private readonly _sight = new Sight();
}

function Frame(props: { model: LiveModel; draw: () => React.JSX.Element }): React.JSX.Element {
  const { model, draw } = props;
  const isConnected = useConnected();
  useModel(model);
  if (model.isLoading) {
    return <Skeleton rows={6} height={40} />;
  }
  // The line says it, and what is shown is fetched anew when the connection is back.
  const isSaid = !isConnected && model.isLoaded;
  return (
    <>
      <ConnectionLine />
      {model.error && !isSaid && (
        <ErrorPanel error={model.error} onRetry={() => void model.refresh()} />
      )}
      {model.isLoaded && draw()}
    </>
  );
}
