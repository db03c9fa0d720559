/** Owns the outline of a run's page: links to its sections that tell which one is in sight. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import type { ISection } from './sections';

/** How far below the top of the view a section begins that counts as in sight, in pixels. */
const LINE = 120;

/** Characters up to which a note has room in the outline. */
const SHORT = 6;

export function Outline(props: {
  sections: readonly Pick<ISection, 'name' | 'title' | 'note'>[];
  onReveal: (section: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { sections, onReveal } = props;
  const nav = React.useRef<HTMLElement>(null);
  const current = useCurrent(nav, sections.map(({ name }) => name).join(' '));
  React.useEffect(() => {
    const row = nav.current;
    const link = row?.querySelector<HTMLElement>('[aria-current]');
    // Narrow, it is a row that scrolls by itself; the view itself must not move.
    if (row && link && row.scrollWidth > row.clientWidth) {
      row.scrollLeft = link.offsetLeft - row.clientWidth / 2;
    }
  }, [current]);
  return (
    <nav
      ref={nav}
      className="jp-MlopsLab-outline"
      aria-label={trans.__('Sections of this run')}
      onKeyDown={moveFocus}
    >
      {sections.map(({ name, title, note }) => (
        <button
          key={name}
          type="button"
          className="jp-MlopsLab-outline-link"
          aria-current={name === current ? 'location' : undefined}
          onClick={() => onReveal(name)}
        >
          <span>{title}</span>
          {note && note.length <= SHORT && <span className="jp-MlopsLab-note">{note}</span>}
        </button>
      ))}
    </nav>
  );
}

/** Arrow keys lead from link to link, as Tab does. */
function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const step = steps[event.key];
  if (step === undefined) {
    return;
  }
  const links = [...event.currentTarget.querySelectorAll('button')];
  const place = links.indexOf(document.activeElement as HTMLButtonElement);
  links[place + step]?.focus();
  event.preventDefault();
}

/** The section at the top of the view, looked for when it has scrolled, once a frame at most. */
function useCurrent(nav: React.RefObject<HTMLElement>, names: string): string {
  const [current, setCurrent] = React.useState('');
  React.useEffect(() => {
    const view = nav.current?.closest<HTMLElement>('.jp-MlopsLab-view');
    if (!view) {
      return;
    }
    let frame = 0;
    const look = (): void => {
      frame = 0;
      setCurrent(sectionAt(view));
    };
    const onScroll = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    // What loads moves sections without a scroll.
    const observer = new ResizeObserver(onScroll);
    observer.observe(nav.current?.closest('.jp-MlopsLab-page') ?? view);
    look();
    view.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      view.removeEventListener('scroll', onScroll);
      cancelAnimationFrame(frame);
    };
  }, [nav, names]);
  return current;
}

/** The section that was revealed, until the reader moves on; else the one at the top. */
function sectionAt(view: HTMLElement): string {
  const { revealed } = view.dataset;
  if (revealed !== undefined) {
    return revealed;
  }
  const line = view.getBoundingClientRect().top + LINE;
  const sections = [...view.querySelectorAll<HTMLElement>('details[data-section]')];
  const isEnd = view.scrollTop > 0 && view.scrollTop + view.clientHeight >= view.scrollHeight - 2;
  const passed = sections.filter(one => one.getBoundingClientRect().top <= line);
  const found = isEnd ? sections.at(-1) : (passed.at(-1) ?? sections[0]);
  return found?.dataset['section'] ?? '';
}
