/** Owns the room that the causes have: the first few until one asks to see all. */
import * as React from 'react';

import type { Explanation } from '../api/types';
import { useTrans } from '../components/hooks';
import { hasLikelihood, judgedByWords } from './whyWords';

/** Causes that are listed unless all are wanted. */
export const STEP = 3;

/** What is waited for has the room of the most common answer; the answer has what it needs. */
export function WhyRoom(props: {
  explanation: Explanation | null;
  isWaiting: boolean;
  children: (isAll: boolean) => React.ReactNode;
}): React.JSX.Element {
  const trans = useTrans();
  const { explanation, isWaiting, children } = props;
  const [isAll, setIsAll] = React.useState(false);
  const count = explanation?.causes.length ?? 0;
  return (
    <>
      <div className={`jp-MlopsLab-why-room ${isWaiting ? 'jp-mod-waiting' : ''}`}>
        {children(isAll)}
      </div>
      {explanation && (count > STEP || hasLikelihood(explanation)) && (
        <div className="jp-MlopsLab-why-foot">
          {count > STEP && (
            <button
              type="button"
              className="jp-MlopsLab-link"
              aria-expanded={isAll}
              onClick={() => setIsAll(!isAll)}
            >
              {isAll
                ? trans.__('Show less')
                : trans._n('Show all of %1 difference', 'Show all %1 differences', count, count)}
            </button>
          )}
          {hasLikelihood(explanation) && (
            <span className="jp-MlopsLab-note">{judgedByWords(explanation, trans)}</span>
          )}
        </div>
      )}
    </>
  );
}
