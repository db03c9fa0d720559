/** Owns the lines in which two cells differ: side by side or one below the other, unlike words marked. */
import * as React from 'react';

import type { DiffLine } from '../api/types';
import { useHighlight, useTrans } from '../components/hooks';
import { colouredPieces, pairsOf, unlikeWords, type IPair, type IPiece } from './words';

const MARKS = { same: ' ', added: '+', removed: '−', skipped: '⋯' } as const;

interface ILinesProps {
  lines: readonly DiffLine[];
  label: string;
  isWide: boolean;
}

export function CodeLines({ lines, label, isWide }: ILinesProps): React.JSX.Element {
  const pairs = React.useMemo(() => pairsOf(lines).map(toMarked), [lines]);
  return isWide ? (
    <div className="jp-MlopsLab-sideBySide" role="region" aria-label={label} tabIndex={0}>
      {pairs.map(({ before, after }, index) =>
        before?.line.kind === 'skipped' ? (
          <div key={index} className="jp-MlopsLab-diff-gap">
            <Line marked={before} />
          </div>
        ) : (
          <React.Fragment key={index}>
            <Line marked={before} />
            <Line marked={after} isRight />
          </React.Fragment>
        )
      )}
    </div>
  ) : (
    <pre className="jp-MlopsLab-diff" role="region" aria-label={label} tabIndex={0}>
      {unified(pairs).map((marked, index) => (
        <Line key={index} marked={marked} />
      ))}
    </pre>
  );
}

interface IMarked {
  line: DiffLine;
  pieces: readonly IPiece[];
}

interface IMarkedPair {
  before: IMarked | null;
  after: IMarked | null;
}

function toMarked({ before, after }: IPair): IMarkedPair {
  const isChange = before?.kind === 'removed' && after?.kind === 'added';
  const [one, other] = isChange ? unlikeWords(before.text, after.text) : [null, null];
  const marked = (line: DiffLine | null, pieces: IPiece[] | null): IMarked | null =>
    line && { line, pieces: pieces ?? [{ text: line.text, isUnlike: false }] };
  return { before: marked(before, one), after: marked(after, other) };
}

/** Of lines that follow one another, those that were removed stand before those that were added. */
function unified(pairs: readonly IMarkedPair[]): IMarked[] {
  const found: IMarked[] = [];
  let added: IMarked[] = [];
  for (const { before, after } of pairs) {
    const isSame = before !== null && before.line === after?.line;
    if (isSame) {
      found.push(...added, before);
      added = [];
      continue;
    }
    found.push(...(before ? [before] : []));
    added.push(...(after ? [after] : []));
  }
  return [...found, ...added];
}

function Line(props: { marked: IMarked | null; isRight?: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { marked, isRight } = props;
  if (!marked) {
    return <div className="jp-mod-absent" aria-hidden="true" />;
  }
  const { line, pieces } = marked;
  const words = { same: '', added: trans.__('added'), removed: trans.__('removed'), skipped: '' };
  return (
    // What is the same on both sides is read once.
    <div className={`jp-mod-${line.kind}`} aria-hidden={isRight && line.kind === 'same'}>
      <span className="jp-MlopsLab-diff-mark" aria-hidden="true">
        {MARKS[line.kind]}
      </span>
      {words[line.kind] && <span className="jp-MlopsLab-hiddenText">{words[line.kind]}</span>}
      <Pieces pieces={pieces} isCode={line.kind !== 'skipped'} />
    </div>
  );
}

/** The words of a line: in the colours of code, those marked that the other line has not. */
function Pieces(props: { pieces: readonly IPiece[]; isCode: boolean }): React.JSX.Element {
  const { pieces, isCode } = props;
  const source = isCode ? pieces.map(piece => piece.text).join('') : '';
  const parts = colouredPieces(pieces, useColours(source));
  return (
    <>
      {parts.map(({ text, isUnlike, className }, index) =>
        isUnlike ? (
          <mark key={index} className={className}>
            {text}
          </mark>
        ) : (
          <span key={index} className={className}>
            {text}
          </span>
        )
      )}
    </>
  );
}

type Colours = Parameters<typeof colouredPieces>[1];

const PLAIN: Colours = [];

/** The colours of a line of Python; none until they are here. */
function useColours(source: string): Colours {
  const highlight = useHighlight();
  const [found, setFound] = React.useState({ source: '', colours: PLAIN });
  React.useEffect(() => {
    if (!highlight || source.trim() === '') {
      return;
    }
    let isGone = false;
    const element = document.createElement('code');
    highlight(source, element).then(
      () => isGone || setFound({ source, colours: coloursOf(element) }),
      (error: unknown) => console.warn('Code could not be coloured.', error)
    );
    return () => {
      isGone = true;
    };
  }, [highlight, source]);
  return found.source === source ? found.colours : PLAIN;
}

function coloursOf(element: HTMLElement): Colours {
  return [...element.childNodes].map(node => ({
    text: node.textContent ?? '',
    className: node instanceof HTMLElement ? node.className : ''
  }));
}
