/** Owns the filter box: typing with proposals, and what is wrong at its place. */
import * as React from 'react';

import type { ApiError, IPlace } from '../api/request';
import { useTrans } from '../components/hooks';
import { propose, take, writingAt, type IProposal, type Writing } from './completion';
import type { Desk } from './desk';
import { FilterMenu } from './filterMenu';
import type { RunsModel } from './model';
import type { Preferences } from './preferences';
import type { IRunTools } from './runTools';
import { Sign } from './signs';

const FILTER_DELAY_MS = 250;
const PROPOSE_DELAY_MS = 80;

interface IFilterProps {
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  tools: IRunTools;
}

export function FilterBox(props: IFilterProps): React.JSX.Element {
  const { model, desk, preferences, tools } = props;
  const trans = useTrans();
  const input = React.useRef<HTMLInputElement>(null);
  const { text, setText, apply } = useFilterText(model, preferences);
  const proposals = useProposals(tools, input, (put, caret) => {
    setText(put);
    window.setTimeout(() => input.current?.setSelectionRange(caret, caret));
  });
  const calls = desk.filterCalls;
  React.useEffect(() => {
    if (calls > 0) {
      input.current?.focus();
    }
  }, [calls]);
  const error = text.trim() === model.view.filter ? model.filterError : null;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (proposals.onKey(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter') {
      apply(text);
    } else if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      apply('');
    }
    event.stopPropagation();
  };
  return (
    <div className="jp-MlopsLab-filter">
      <div className="jp-MlopsLab-filter-line">
        <div className="jp-MlopsLab-filter-field">
          <Underlined text={text} place={error?.place ?? null} input={input.current} />
          <input
            ref={input}
            type="text"
            role="combobox"
            className="jp-mod-styled"
            value={text}
            placeholder={trans.__('Filter: metrics.auc > 0.7')}
            aria-label={trans.__('Filter runs')}
            aria-invalid={error !== null}
            aria-describedby="jp-MlopsLab-filter-error"
            aria-autocomplete="list"
            aria-expanded={proposals.list.length > 0}
            aria-controls="jp-MlopsLab-proposals"
            aria-activedescendant={proposals.active < 0 ? undefined : proposalId(proposals.active)}
            autoComplete="off"
            spellCheck={false}
            data-lm-suppress-shortcuts="true"
            onChange={event => {
              setText(event.target.value);
              proposals.ask(event.target.value, event.target.selectionStart ?? 0);
            }}
            onClick={event => {
              const { value, selectionStart } = event.currentTarget;
              proposals.ask(value, selectionStart ?? 0);
            }}
            onBlur={proposals.close}
            onKeyDown={onKeyDown}
          />
          {text !== '' && (
            <button
              type="button"
              className="jp-MlopsLab-filter-clear"
              aria-label={trans.__('Clear the filter')}
              title={trans.__('Clear the filter')}
              onClick={() => apply('')}
            >
              <Sign name="close" />
            </button>
          )}
        </div>
        <FilterMenu {...props} text={text} onApply={apply} />
      </div>
      <Proposals {...proposals} />
      <Fault
        error={error}
        notes={text === '' || error ? [] : model.notes}
        onReplace={(place, word) =>
          apply(text.slice(0, place.at) + word + text.slice(place.at + place.length))
        }
      />
    </div>
  );
}

/** What stands in the box; it filters when the user pauses. */
function useFilterText(
  model: RunsModel,
  preferences: Preferences
): { text: string; setText: (text: string) => void; apply: (text: string) => void } {
  const [text, setText] = React.useState(model.view.filter);
  const shown = model.view.filter;
  React.useEffect(() => setText(old => (old.trim() === shown ? old : shown)), [shown]);
  const filter = React.useCallback(
    async (wanted: string): Promise<void> => {
      await model.show({ filter: wanted });
      if (model.filterError === null && model.view.filter === wanted) {
        preferences.used(wanted);
      }
    },
    [model, preferences]
  );
  const timer = React.useRef(0);
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  const setSoon = (next: string): void => {
    setText(next);
    window.clearTimeout(timer.current);
    // The beginning of a name is no filter yet, though it could be read as a word to look for.
    if (writingAt(next, next.length)?.kind !== 'name') {
      timer.current = window.setTimeout(() => void filter(next.trim()), FILTER_DELAY_MS);
    }
  };
  const apply = (next: string): void => {
    window.clearTimeout(timer.current);
    setText(next);
    void filter(next.trim());
  };
  return { text, setText: setSoon, apply };
}

interface IProposals {
  list: readonly IProposal[];
  active: number;
  choose: (proposal: IProposal) => void;
  ask: (text: string, caret: number) => void;
  close: () => void;
  onKey: (event: React.KeyboardEvent) => boolean;
}

/** Proposals at the caret; the arrows go through them, Enter and Tab take one, Escape closes. */
function useProposals(
  tools: IRunTools,
  input: React.RefObject<HTMLInputElement | null>,
  onTake: (text: string, caret: number) => void
): IProposals {
  const [list, setList] = React.useState<readonly IProposal[]>([]);
  const [active, setActive] = React.useState(-1);
  const writing = React.useRef<Writing | null>(null);
  const abort = React.useRef<AbortController | null>(null);
  const timer = React.useRef(0);
  const close = (): void => {
    window.clearTimeout(timer.current);
    abort.current?.abort();
    setList([]);
    setActive(-1);
  };
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  const ask = (text: string, caret: number): void => {
    window.clearTimeout(timer.current);
    abort.current?.abort();
    const found = writingAt(text, caret);
    writing.current = found;
    if (!found) {
      close();
      return;
    }
    const { signal } = (abort.current = new AbortController());
    const fetch = async (): Promise<void> => {
      const next = await propose(found, tools.client, signal).catch(() => []);
      if (!signal.aborted) {
        setList(next);
        setActive(-1);
      }
    };
    timer.current = window.setTimeout(() => void fetch(), PROPOSE_DELAY_MS);
  };
  const choose = (proposal: IProposal): void => {
    if (writing.current && input.current) {
      const taken = take(input.current.value, writing.current, proposal);
      onTake(taken.text, taken.caret);
      close();
      if (proposal.text.endsWith('.')) {
        ask(taken.text, taken.caret);
      }
    }
  };
  const onKey = (event: React.KeyboardEvent): boolean => {
    if (event.key === 'ArrowDown' && list.length === 0) {
      const { value = '', selectionStart } = input.current ?? {};
      ask(value, selectionStart ?? 0);
      return true;
    }
    const proposal = list[active];
    if (list.length === 0 || ((event.key === 'Enter' || event.key === 'Tab') && !proposal)) {
      return false;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const next = active < 0 && step < 0 ? list.length - 1 : active + step;
      setActive((next + list.length) % list.length);
    } else if (event.key === 'Escape') {
      close();
    } else if (proposal && (event.key === 'Enter' || event.key === 'Tab')) {
      choose(proposal);
    } else {
      return false;
    }
    return true;
  };
  return { list, active, choose, ask, close, onKey };
}

function proposalId(index: number): string {
  return `jp-MlopsLab-proposal-${index}`;
}

function Proposals({ list, active, choose }: IProposals): React.JSX.Element {
  const trans = useTrans();
  return (
    <div
      id="jp-MlopsLab-proposals"
      className="jp-MlopsLab-proposals"
      role="listbox"
      aria-label={trans.__('Proposals')}
      hidden={list.length === 0}
    >
      {list.map((proposal, index) => (
        <div
          key={proposal.text}
          id={proposalId(index)}
          role="option"
          aria-selected={index === active}
          onPointerDown={event => {
            event.preventDefault();
            choose(proposal);
          }}
        >
          <span>{proposal.text}</span>
          <span className="jp-MlopsLab-note jp-MlopsLab-number">{proposal.note}</span>
        </div>
      ))}
    </div>
  );
}

/** The text again behind the box, with the piece underlined that is wrong. */
function Underlined(props: {
  text: string;
  place: IPlace | null;
  input: HTMLInputElement | null;
}): React.JSX.Element | null {
  const { text, place, input } = props;
  if (!place) {
    return null;
  }
  const at = Math.min(place.at, text.length);
  const end = Math.max(at + 1, at + place.length);
  return (
    <div className="jp-MlopsLab-filter-underline" aria-hidden="true">
      <span style={{ marginLeft: -(input?.scrollLeft ?? 0) }}>
        {text.slice(0, at)}
        <mark>{text.slice(at, end) || ' '}</mark>
        {text.slice(end)}
      </span>
    </div>
  );
}

/** What is wrong with the filter, what may have been meant, and what the server remarks. */
function Fault(props: {
  error: ApiError | null;
  notes: readonly string[];
  onReplace: (place: IPlace, word: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { error, notes, onReplace } = props;
  const place = error?.place ?? null;
  return (
    <div id="jp-MlopsLab-filter-error" className="jp-MlopsLab-filter-error" role="status">
      {error && (
        <>
          <div>{error.message}</div>
          {error.hint && <div className="jp-MlopsLab-note">{error.hint}</div>}
          {place && place.suggestions.length > 0 && (
            <div className="jp-MlopsLab-filter-suggestions">
              <span className="jp-MlopsLab-note">{trans.__('Put instead:')}</span>
              {place.suggestions.map(word => (
                <button
                  key={word}
                  type="button"
                  className="jp-MlopsLab-button jp-mod-small"
                  onClick={() => onReplace(place, word)}
                >
                  {word}
                </button>
              ))}
            </div>
          )}
        </>
      )}
      {notes.map(note => (
        <div key={note} className="jp-MlopsLab-note">
          {note}
        </div>
      ))}
    </div>
  );
}
