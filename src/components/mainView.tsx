/** Owns what our main-area views do alike: fetch only while somebody looks at them. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { LiveModel } from '../api/live';
import { ErrorPanel, Skeleton } from './feedback';
import { TransProvider, useModel } from './hooks';

/** A main-area view of one model, which it disposes of with itself. */
export abstract class ModelView<M extends LiveModel> extends ReactWidget {
  constructor(options: { model: M; trans: TranslationBundle }) {
    super();
    this.model = options.model;
    this.trans = options.trans;
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

  protected readonly trans: TranslationBundle;

  protected override render(): React.JSX.Element {
    return (
      <TransProvider value={this.trans}>
        <Frame model={this.model} draw={() => this.draw()} />
      </TransProvider>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.model.isActive = this.isVisible;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.model.isActive = true;
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.model.isActive = false;
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }
}

function Frame(props: { model: LiveModel; draw: () => React.JSX.Element }): React.JSX.Element {
  const { model, draw } = props;
  useModel(model);
  if (model.isLoading) {
    return <Skeleton rows={6} height={40} />;
  }
  return (
    <>
      {model.error && <ErrorPanel error={model.error} onRetry={() => void model.refresh()} />}
      {model.isLoaded && draw()}
    </>
  );
}
