/** Owns what stands below the filter box: what is wrong with it, and what may have been meant. */
import * as React from 'react';

import type { ApiError, IPlace } from '../api/request';
import { useTrans } from '../components/hooks';
import { namedLike } from './completion';
import type { IRunTools } from './runTools';

const MOST_NAMED = 3;

interface IFaultProps {
  tools: IRunTools;
  /** What stands in the box. */
  text: string;
  error: ApiError | null;
  /** Where in the box it is wrong. */
  place: IPlace | null;
  notes: readonly string[];
  onReplace: (place: IPlace, word: string) => void;
}

/** What is wrong with the filter, what may have been meant, and what the server remarks. */
export function Fault(props: IFaultProps): React.JSX.Element {
  const { tools, text, error, place, notes, onReplace } = props;
  const named = useNamed(tools, place && text.slice(place.at, place.at + place.length));
  // A field that needs a name cannot be put in as it is.
  const known = (place?.suggestions ?? []).filter(word => !word.endsWith('.NAME'));
  const words = [...named, ...known.filter(word => !named.includes(word))];
  return (
    <div id="jp-MlopsLab-filter-error" className="jp-MlopsLab-filter-error" role="status">
      {error && (
        <>
          <div>{error.message}</div>
          {error.hint && words.length === 0 && (
            <div className="jp-MlopsLab-note jp-MlopsLab-filter-hint" title={error.hint}>
              {error.hint}
            </div>
          )}
          {place && words.length > 0 && (
            <Meant words={words} onChoose={word => onReplace(place, word)} />
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

function Meant(props: {
  words: readonly string[];
  onChoose: (word: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-filter-suggestions">
      <span className="jp-MlopsLab-note">{trans.__('Did you mean:')}</span>
      {props.words.map(word => (
        <button
          key={word}
          type="button"
          className="jp-MlopsLab-button jp-mod-small"
          onClick={() => props.onChoose(word)}
        >
          {word}
        </button>
      ))}
    </div>
  );
}

/** Metrics and params of which the wrong word is the name, or a piece of it. */
function useNamed(tools: IRunTools, word: string | null): readonly string[] {
  const [found, setFound] = React.useState<readonly string[]>([]);
  React.useEffect(() => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      const named = word ? await namedLike(word, tools.client, abort.signal) : [];
      if (!abort.signal.aborted) {
        setFound(named.slice(0, MOST_NAMED).map(({ text }) => text));
      }
    };
    // What was said about the filter stands without this.
    read().catch(() => setFound([]));
    return () => abort.abort();
  }, [tools, word]);
  return found;
}
