/** Owns the main-area view of one run: its widget, and what its parts may do. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import { ModelView } from '../components/mainView';
import type { IFolds } from './folds';
import type { RunModel } from './model';
import { RunPage } from './page';

/** Frames in which a section must have been drawn that the model has. */
const MAX_FRAMES = 60;

/** Time in which what loads above a section must not move it on. */
const HOLD_MS = 2000;

const READER_EVENTS = ['wheel', 'pointerdown', 'keydown', 'touchstart'];

/** The main-area view of one run. */
export class RunView extends ModelView<RunModel> {
  constructor(options: {
    model: RunModel;
    lab: ILab;
    commands: CommandRegistry;
    rendermime: IRenderMimeRegistry | null;
    folds: IFolds;
  }) {
    super(options);
    this._folds = options.folds;
    this._commands = options.commands;
    this._rendermime = options.rendermime;
    const { model, lab } = options;
    model.stateChanged.connect(() => {
      const name = model.run?.summary.name;
      if (name !== undefined && name !== this.title.label) {
        this.title.label = name;
        this.title.caption = lab.trans.__('Run %1', name);
      }
    }, this);
    for (const type of READER_EVENTS) {
      this.node.addEventListener(type, () => delete this.node.dataset['revealed'], {
        passive: true
      });
    }
  }

  /** Bring the section of this name into view, opened, as soon as it is drawn. */
  async reveal(section: string): Promise<void> {
    await this.model.ready;
    for (let frame = 0; frame < MAX_FRAMES && !this.isDisposed; frame += 1) {
      const found = this.node.querySelector<HTMLElement>(`[data-section="${section}"]`);
      if (found) {
        if (found instanceof HTMLDetailsElement) {
          found.open = true;
        }
        found.scrollIntoView({ block: 'start' });
        this._hold(found);
        // Near its end the page cannot bring a section to the top; the outline marks it all the same.
        this.node.dataset['revealed'] = section;
        this.node.dispatchEvent(new Event('scroll'));
        (found.querySelector('summary') ?? found).focus({ preventScroll: true });
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
        folds={this._folds}
        onReveal={section => void this.reveal(section)}
      />
    );
  }

  /** What loads above a section moves it on; it is brought back until the reader does something. */
  private _hold(section: HTMLElement): void {
    const page = section.closest('.jp-MlopsLab-page');
    const observer = new ResizeObserver(() => section.scrollIntoView({ block: 'start' }));
    const stop = (): void => {
      observer.disconnect();
      for (const type of READER_EVENTS) {
        this.node.removeEventListener(type, stop);
      }
    };
    if (page) {
      observer.observe(page);
      window.setTimeout(stop, HOLD_MS);
      for (const type of READER_EVENTS) {
        this.node.addEventListener(type, stop, { passive: true });
      }
    }
  }

  private readonly _commands: CommandRegistry;
  private readonly _folds: IFolds;
  private readonly _rendermime: IRenderMimeRegistry | null;
}
