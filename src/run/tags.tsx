/** Owns the tags of a run: their values now, and on demand those that they had before. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { Tag, TagEntry } from '../api/types';
import { formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import type { RunModel } from './model';

export function Tags(props: { model: RunModel; tags: readonly Tag[] }): React.JSX.Element {
  return (
    <dl className="jp-MlopsLab-tags">
      {props.tags.map(tag => (
        <div key={tag.name}>
          <dt>{tag.name}</dt>
          <dd>
            <TagValue {...props} tag={tag} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function TagValue({ model, tag }: { model: RunModel; tag: Tag }): React.JSX.Element {
  const trans = useTrans();
  const [entries, setEntries] = React.useState<readonly TagEntry[] | null>(null);
  const [problem, setProblem] = React.useState('');
  const load = async (): Promise<void> => {
    try {
      setEntries(await model.getTagHistory(tag.name));
    } catch (error) {
      setProblem(asApiError(error).message);
    }
  };
  return (
    <>
      <span className="jp-MlopsLab-tag-value">{tag.value}</span>
      <details onToggle={event => event.currentTarget.open && void load()}>
        <summary className="jp-MlopsLab-note">{trans.__('Earlier values')}</summary>
        {problem && <p role="alert">{problem}</p>}
        {entries?.length === 1 && (
          <p className="jp-MlopsLab-note">{trans.__('It has had no other value.')}</p>
        )}
        {entries && entries.length > 1 && (
          <ol>
            {entries.map((entry, index) => (
              <li key={index}>
                {entry.value}{' '}
                {entry.set_at > 0 && (
                  <span className="jp-MlopsLab-note">{formatTime(entry.set_at)}</span>
                )}
              </li>
            ))}
          </ol>
        )}
      </details>
    </>
  );
}
