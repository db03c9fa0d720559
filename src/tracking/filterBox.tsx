/** Owns the filter box: typing with proposals, and what is wrong at its place. */
import * as React from 'react';

import type { ApiError, IPlace } from '../api/request';
import { useTrans } from '../components/hooks';
import { writingAt } from './completion';
import type { Desk } from './desk';
import { Fault } from './filterFault';
import { FilterMenu } from './filterMenu';
import { takeFocus } from './focus';
import type { RunsModel } from './model';
import type { Preferences } from './preferences';
import { proposalId, Proposals, useProposals, type IProposals } from './proposals';
import type { IRunTools } from './runTools';
import { Sign } from './signs';

const FILTER_DELAY_MS = 250;

interface IFilterProps {
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  tools: IRunTools;
}

export function FilterBox(props: IFilterProps): React.JSX.Element {
  const { model, desk, preferences, tools } = props;
  const input = React.useRef<HTMLInputElement>(null);
  const { text, setText, apply } = useFilterText(model, preferences);
  const proposals = useProposals(tools, input, (put, caret) => {
    setText(put);
    window.setTimeout(() => input.current?.setSelectionRange(caret, caret));
  });
  useFocus(input, desk.filterCalls);
  const error = text.trim() === model.view.filter ? model.filterError : null;
  const place = placeIn(text, error);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (proposals.onKey(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter') {
      apply(text);
    } else if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      apply('');
    }
  };
  return (
    <div className="jp-MlopsLab-filter">
      <div className="jp-MlopsLab-filter-line">
        <Field
          input={input}
          text={text}
          error={error}
          place={place}
          proposals={proposals}
          onType={setText}
          onClear={() => apply('')}
          onKeyDown={onKeyDown}
        />
        <FilterMenu {...props} text={text} onApply={apply} />
      </div>
      <Proposals {...proposals} />
      <Fault
        tools={tools}
        text={text}
        error={error}
        place={place}
        notes={text === '' || error ? [] : model.notes}
        onReplace={({ at, length }, word) =>
          apply(text.slice(0, at) + word + text.slice(at + length))
        }
      />
    </div>
  );
}

/** What is wrong in the text as it stands in the box: the server has it without blanks around it. */
function placeIn(text: string, error: ApiError | null): IPlace | null {
  const blanks = text.length - text.trimStart().length;
  return error?.place ? { ...error.place, at: error.place.at + blanks } : null;
}

/** The box itself; what is wrong is underlined in it. */
function Field(props: {
  input: React.RefObject<HTMLInputElement>;
  text: string;
  error: ApiError | null;
  place: IPlace | null;
  proposals: IProposals;
  onType: (text: string) => void;
  onClear: () => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
}): React.JSX.Element {
  const { input, text, error, place, proposals, onType, onClear, onKeyDown } = props;
  const trans = useTrans();
  const ask = (box: HTMLInputElement): void => proposals.ask(box.value, box.selectionStart ?? 0);
  return (
    <div className="jp-MlopsLab-filter-field">
      <Underlined text={text} place={place} input={input.current} />
      <input
        ref={input}
        type="text"
        role="combobox"
        className="jp-mod-styled"
        value={text}
        placeholder={trans.__('metrics.auc > 0.7')}
        aria-label={trans.__('Filter runs')}
        aria-invalid={error !== null}
        aria-describedby="jp-MlopsLab-filter-error"
        aria-autocomplete="list"
        aria-expanded={proposals.list.length > 0}
        aria-controls="jp-MlopsLab-proposals"
        aria-activedescendant={proposals.active < 0 ? undefined : proposalId(proposals.active)}
        autoComplete="off"
        spellCheck={false}
        onChange={event => {
          onType(event.target.value);
          // Who has emptied the box wants to see the list, not proposals above it.
          if (event.target.value === '') {
            proposals.close();
          } else {
            ask(event.target);
          }
        }}
        onClick={event => ask(event.currentTarget)}
        onBlur={proposals.close}
        onKeyDown={onKeyDown}
      />
      {text !== '' && <ClearButton onClick={onClear} />}
    </div>
  );
}

function ClearButton({ onClick }: { onClick: () => void }): React.JSX.Element {
  const trans = useTrans();
  const title = trans.__('Clear the filter');
  return (
    <button
      type="button"
      className="jp-MlopsLab-filter-clear"
      aria-label={title}
      title={title}
      onClick={onClick}
    >
      <Sign name="close" />
    </button>
  );
}

/** The box takes the focus when it is called. */
function useFocus(input: React.RefObject<HTMLInputElement>, calls: number): void {
  React.useEffect(() => {
    if (calls > 0) {
      takeFocus(input.current);
    }
  }, [input, calls]);
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
