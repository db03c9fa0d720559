/** Owns the dialog around the Productionize form: it closes only when the job was made. */
import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import type { Definition } from '../api/types';
import { LabProvider } from '../components/hooks';
import { PromoteForm } from './form';
import type { PromoteModel } from './model';

class FormBody extends ReactWidget implements Dialog.IBodyWidget<null> {
  constructor(
    private readonly _model: PromoteModel,
    private readonly _lab: ILab
  ) {
    super();
    this.addClass('jp-MlopsLab-promote');
  }

  getValue(): null {
    return null;
  }

  protected override render(): React.JSX.Element {
    return (
      <LabProvider value={this._lab}>
        <PromoteForm model={this._model} />
      </LabProvider>
    );
  }
}

/** The Productionize dialog. */
export class PromoteDialog extends Dialog<null> {
  constructor(model: PromoteModel, lab: ILab) {
    const { trans } = lab;
    super({
      title: trans.__('Productionize'),
      body: new FormBody(model, lab),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Create'), ariaLabel: trans.__('Create the job') })
      ],
      hasClose: true
    });
    this.addClass('jp-MlopsLab-promoteDialog');
    this._model = model;
    this.node.tabIndex = -1;
    model.stateChanged.connect(this._updateButton, this);
    this._updateButton();
    void model.load().then(() => this._focusName());
  }

  /** The job that was made; null when the user cancelled. */
  get definition(): Definition | null {
    return this._definition;
  }

  /** A click beside the form, or Enter in one of its fields, must not end what is being typed. */
  override handleEvent(event: Event): void {
    const isInside = this._content?.contains(event.target as Node) ?? false;
    const isField =
      event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.type === 'click' && !isInside) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.type === 'input') {
      this._updateButton();
    } else if (!(event instanceof KeyboardEvent && event.key === 'Enter' && isField)) {
      super.handleEvent(event);
    }
  }

  override dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  override resolve(index?: number): void {
    if (index === undefined || index === CREATE) {
      void this._create();
    } else {
      super.resolve(index);
    }
  }

  /** Create cannot take the focus before the draft is here; Escape must work even then. */
  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.focus();
  }

  private _focusName(): void {
    requestAnimationFrame(() => {
      this.node.querySelector<HTMLInputElement>('#jp-MlopsLab-promote-name')?.focus();
    });
  }

  private async _create(): Promise<void> {
    if (!this._model.isComplete) {
      return;
    }
    this._definition = await this._model.send();
    if (this._definition) {
      super.resolve(CREATE);
    }
  }

  private _updateButton(): void {
    const button = this.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept');
    if (button) {
      button.disabled = !this._model.isComplete;
    }
  }

  private get _content(): Element | null {
    return this.node.querySelector('.jp-Dialog-content');
  }

  private readonly _model: PromoteModel;
  private _definition: Definition | null = null;
}

/** Place of the Create button among the buttons. */
const CREATE = 1;
