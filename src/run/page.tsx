/** Owns the order of the page of one run: what it came to first, then what made it. */
import * as React from 'react';

import type { Run } from '../api/types';
import { ErrorBlock } from '../components/code';
import { ErrorPanel, Section } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import { Header } from './header';
import { Outcome } from './outcome';
import { makeSections, type IPageProps, type ISection } from './sections';

export function RunPage(props: IPageProps): React.JSX.Element {
  const { model, commands, onReveal } = props;
  const trans = useTrans();
  useModel(model);
  const run = model.run as Run;
  const sections = makeSections({ ...props, run, trans });
  return (
    <article className="jp-MlopsLab-page jp-MlopsLab-runPage">
      <Header run={run} commands={commands} onReveal={onReveal} />
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
      <Contents sections={sections} onReveal={onReveal} />
      {model.captureError && (
        <ErrorPanel error={model.captureError} onRetry={() => void model.refresh()} />
      )}
      {sections.map(({ name, title, note, isOpen, content }) => (
        <Section key={name} name={name} title={title} note={note} isOpen={isOpen}>
          {content}
        </Section>
      ))}
    </article>
  );
}

/** The sections as links that stay in sight. */
function Contents(props: {
  sections: readonly ISection[];
  onReveal: (section: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <nav className="jp-MlopsLab-contents" aria-label={trans.__('Sections of this run')}>
      {props.sections.map(({ name, title, note }) => (
        <button
          key={name}
          type="button"
          className="jp-MlopsLab-link"
          onClick={() => props.onReveal(name)}
        >
          {title}
          {note && <span className="jp-MlopsLab-contents-note">{note}</span>}
        </button>
      ))}
    </nav>
  );
}
