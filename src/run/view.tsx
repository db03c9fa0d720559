/** Owns the main-area view of one run: its widget, and what its parts may do. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import { ModelView } from '../components/mainView';
import type { RunModel } from './model';
import { RunPage } from './page';

/** Frames in which a section must have been drawn that the model has. */
const MAX_FRAMES = 60;

/** The main-area view of one run. */
export class RunView extends ModelView<RunModel> {
  constructor(options: {
    model: RunModel;
    lab: ILab;
    commands: CommandRegistry;
    rendermime: IRenderMimeRegistry | null;
  }) {
    super(options);
    this._commands = options.commands;
    this._rendermime = options.rendermime;
  }

  /** Bring the section of this name into view, opened, as soon as it is drawn. */
  async reveal(section: string): Promise<void> {
    await this.model.ready;
    for (let frame = 0; frame < MAX_FRAMES && !this.isDisposed; frame += 1) {
      const details = this.node.querySelector<HTMLDetailsElement>(`[data-section="${section}"]`);
      if (details) {
        details.open = true;
        details.scrollIntoView({ block: 'start' });
        details.querySelector('summary')?.focus({ preventScroll: true });
        return;
      }
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
  }

  protected override draw(): React.JSX.Element {
    return (
      <RunPage
        model={this.model}
        commands={this._commands}
        rendermime={this._rendermime}
        onReveal={section => void this.reveal(section)}
      />
    );
  }

  private readonly _commands: CommandRegistry;
  private readonly _rendermime: IRenderMimeRegistry | null;
}
