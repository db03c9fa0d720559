/** Owns the choice of the columns of the list: searched by name, in an order of one's own. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import { MAX_CHOSEN, ownFirst, titleOf } from './columns';
import { ATTRIBUTES, columnOf } from './listView';
import { Popover } from './popover';
import type { Preferences } from './preferences';
import type { IRunTools } from './runTools';
import { SignButton } from './signs';

/** Names of each kind that are proposed, out of those that are asked for. */
const MOST = 40;
const ASKED = 500;
const SEARCH_DELAY_MS = 120;

interface IPickerProps {
  preferences: Preferences;
  tools: IRunTools;
  onClose: () => void;
}

export function ColumnPicker(props: IPickerProps): React.JSX.Element {
  const { preferences, tools, onClose } = props;
  const trans = useTrans();
  const [words, setWords] = React.useState('');
  const found = useFound(tools, words);
  const chosen = preferences.columns;
  const set = (columns: readonly string[]): void => void preferences.setColumns(columns);
  const toggle = (column: string): void =>
    set(
      chosen.includes(column)
        ? chosen.filter(other => other !== column)
        : [...chosen, column].slice(0, MAX_CHOSEN)
    );
  const attributes = ATTRIBUTES.filter(column =>
    titleOf(column, trans).toLowerCase().includes(words.trim().toLowerCase())
  );
  const isNothing =
    attributes.length + found.metrics.length + found.params.length + found.tags.length === 0;
  const lists: [string, readonly string[]][] = [
    [trans.__('Metrics'), found.metrics],
    [trans.__('Params'), found.params],
    [trans.__('Tags'), found.tags],
    [trans.__('Of the run'), attributes]
  ];
  return (
    <Popover label={trans.__('Columns')} onClose={onClose} className="jp-MlopsLab-columns">
      <input
        className="jp-mod-styled"
        value={words}
        autoFocus
        placeholder={trans.__('Search metrics, params, tags')}
        aria-label={trans.__('Search columns')}
        spellCheck={false}
        onChange={event => setWords(event.target.value)}
      />
      <div className="jp-MlopsLab-columns-lists">
        {chosen.length > 0 && <Chosen columns={chosen} onChange={set} />}
        {lists.map(([title, columns]) => (
          <Choices key={title} title={title} columns={columns} chosen={chosen} onToggle={toggle} />
        ))}
        {isNothing && found !== NONE_YET && (
          <p className="jp-MlopsLab-note" role="status">
            {trans.__('Nothing found. No column has “%1” in its name.', words.trim())}
          </p>
        )}
      </div>
    </Popover>
  );
}

interface IFound {
  metrics: readonly string[];
  params: readonly string[];
  tags: readonly string[];
}

const NONE_YET: IFound = { metrics: [], params: [], tags: [] };

/** The columns whose names hold this, those that the user named before what was recorded by itself. */
function useFound(tools: IRunTools, words: string): IFound {
  const [found, setFound] = React.useState<IFound>(NONE_YET);
  const piece = words.trim();
  React.useEffect(() => {
    const abort = new AbortController();
    const ask = async (kind: 'metrics' | 'params' | 'tags'): Promise<string[]> => {
      const query = { kind, piece, limit: ASKED };
      const names = await tools.client.listNames(query, abort.signal);
      return ownFirst(names.map(({ name }) => name))
        .slice(0, MOST)
        .map(name => columnOf(kind, name));
    };
    const read = async (): Promise<void> => {
      const [metrics, params, tags] = await Promise.all([
        ask('metrics'),
        ask('params'),
        ask('tags')
      ]);
      if (!abort.signal.aborted) {
        setFound({ metrics, params, tags });
      }
    };
    const timer = window.setTimeout(() => {
      read().catch((error: unknown) => {
        if (!abort.signal.aborted) {
          console.warn('Names of columns could not be read.', error);
        }
      });
    }, SEARCH_DELAY_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [tools, piece]);
  return found;
}

function Choices(props: {
  title: string;
  columns: readonly string[];
  chosen: readonly string[];
  onToggle: (column: string) => void;
}): React.JSX.Element | null {
  const trans = useTrans();
  const { title, columns, chosen, onToggle } = props;
  return columns.length === 0 ? null : (
    <fieldset>
      <legend>{title}</legend>
      {columns.map(column => (
        <label key={column} title={column}>
          <input
            type="checkbox"
            checked={chosen.includes(column)}
            onChange={() => onToggle(column)}
          />
          <span>{titleOf(column, trans)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What is chosen, in its order. */
function Chosen(props: {
  columns: readonly string[];
  onChange: (columns: readonly string[]) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { columns, onChange } = props;
  const move = (from: number, to: number): void => {
    const others = columns.filter((_, index) => index !== from);
    const column = columns[from];
    if (column !== undefined) {
      onChange([...others.slice(0, to), column, ...others.slice(to)]);
    }
  };
  return (
    <fieldset>
      <legend>
        {trans.__('Chosen')}
        <button type="button" className="jp-MlopsLab-link" onClick={() => onChange([])}>
          {trans.__('None')}
        </button>
      </legend>
      {columns.map((column, index) => {
        const title = titleOf(column, trans);
        return (
          <div key={column} className="jp-MlopsLab-columns-chosen" title={column}>
            <span>{title}</span>
            <SignButton
              sign="up"
              title={trans.__('Move %1 left', title)}
              disabled={index === 0}
              onClick={() => move(index, index - 1)}
            />
            <SignButton
              sign="down"
              title={trans.__('Move %1 right', title)}
              disabled={index === columns.length - 1}
              onClick={() => move(index, index + 1)}
            />
            <SignButton
              sign="close"
              title={trans.__('Leave out %1', title)}
              onClick={() => onChange(columns.filter(other => other !== column))}
            />
          </div>
        );
      })}
    </fieldset>
  );
}
