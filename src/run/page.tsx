/** Owns the order of the page of one run: what it came to first, then what made it. */
import * as React from 'react';

import type { Run } from '../api/types';
import { ErrorBlock } from '../components/code';
import { Button, ErrorPanel, Section } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import { Header } from './header';
import type { RunModel } from './model';
import { Outcome } from './outcome';
import { Outline } from './outline';
import { makeSections, type IPageProps } from './sections';
import { tellFailure } from './undo';

export function RunPage(props: IPageProps): React.JSX.Element {
  const { model, commands, folds, onReveal } = props;
  const trans = useTrans();
  useModel(model);
  const run = model.run as Run;
  const sections = makeSections({ ...props, run, trans });
  return (
    <article className="jp-MlopsLab-page jp-MlopsLab-runPage">
      {model.isGone && <Gone model={model} />}
      <Header run={run} model={model} commands={commands} onReveal={onReveal} />
      <Outcome model={model} run={run} commands={commands} onReveal={onReveal} />
      {run.warnings.map((warning, index) => (
        <p key={index} className="jp-MlopsLab-warning">
          {warning}
        </p>
      ))}
      {run.error && (
        <Section title={trans.__('Error')} name="error">
          <ErrorBlock error={run.error} />
        </Section>
      )}
      {model.captureError && (
        <ErrorPanel error={model.captureError} onRetry={() => void model.refresh()} />
      )}
      <div className="jp-MlopsLab-runBody">
        <Outline sections={sections} onReveal={onReveal} />
        <div className="jp-MlopsLab-runSections">
          {sections.map(({ name, title, note, isOpen, isHalf, isGlance, content }) => (
            <Section
              key={name}
              name={name}
              title={title}
              note={note}
              isOpen={folds.get(name) ?? isOpen}
              className={isGlance ? 'jp-mod-glance' : isHalf ? 'jp-mod-half' : ''}
              onToggle={open => open !== (folds.get(name) ?? isOpen) && folds.set(name, open)}
            >
              {content}
            </Section>
          ))}
        </div>
      </div>
    </article>
  );
}

/** Says that the run is in the trash, with the way back. */
function Gone({ model }: { model: RunModel }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-warning" role="status">
      {trans.__('This run is in the trash. Lists and comparisons leave it out.')}{' '}
      <Button
        className="jp-mod-small"
        onClick={() => void model.edits.restore().catch(tellFailure)}
      >
        {trans.__('Restore')}
      </Button>
    </div>
  );
}
