/** Owns the preview of JSON as a tree that is opened step by step. */
import * as React from 'react';

import { CodeBlock } from '../../components/code';
import { Button } from '../../components/feedback';
import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { HEAD_BYTES, readHead, useLoaded, type IPreviewSource } from './source';
import { HeadNote, Loading } from './states';

/** Bytes up to which a file is taken apart; of a larger one the head is shown as text. */
const MAX_BYTES = 4_000_000;

/** Members of one list or object that are drawn at once. */
const STEP = 100;

/** How deep the tree is open at first. */
const OPEN_DEPTH = 2;

export default function JsonPreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal =>
    readHead(props, signal, props.file.size <= MAX_BYTES ? MAX_BYTES : HEAD_BYTES)
  );
  return (
    <Loading loaded={loaded}>
      {({ text, isWhole }) => (
        <>
          <Content text={text} path={props.file.path} />
          {!isWhole && <HeadNote shown={HEAD_BYTES} size={props.file.size} />}
        </>
      )}
    </Loading>
  );
}

function Content({ text, path }: { text: string; path: string }): React.JSX.Element {
  const trans = useTrans();
  const value = React.useMemo(() => parse(text), [text]);
  return value === undefined ? (
    <CodeBlock source={text} label={trans.__('Content of %1', path)} />
  ) : (
    <div className="jp-MlopsLab-json">
      <Value value={value} depth={0} />
    </div>
  );
}

/** The value that a text says in JSON; undefined where it says none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function Value(props: { name?: string; value: unknown; depth: number }): React.JSX.Element {
  const { name, value, depth } = props;
  const label = name !== undefined && <span className="jp-MlopsLab-json-name">{name}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div>
        {label}
        <span className={`jp-MlopsLab-json-${value === null ? 'null' : typeof value}`}>
          {JSON.stringify(value)}
        </span>
      </div>
    );
  }
  return <Branch label={label} value={value} depth={depth} />;
}

function Branch(props: {
  label: React.ReactNode;
  value: object;
  depth: number;
}): React.JSX.Element {
  const trans = useTrans();
  const { label, value, depth } = props;
  const members = React.useMemo(() => Object.entries(value as Record<string, unknown>), [value]);
  const [shown, setShown] = React.useState(STEP);
  const [isOpen, setIsOpen] = React.useState(depth < OPEN_DEPTH && members.length <= STEP);
  const count = formatCount(members.length);
  if (members.length === 0) {
    return (
      <div>
        {label}
        {Array.isArray(value) ? '[]' : '{}'}
      </div>
    );
  }
  return (
    <details open={isOpen} onToggle={event => setIsOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span className="jp-MlopsLab-note">
          {Array.isArray(value)
            ? trans._n('list of %2', 'list of %2', members.length, count)
            : trans._n('%2 member', '%2 members', members.length, count)}
        </span>
      </summary>
      {isOpen &&
        members
          .slice(0, shown)
          .map(([key, member]) => <Value key={key} name={key} value={member} depth={depth + 1} />)}
      {isOpen && members.length > shown && (
        <Button className="jp-mod-small" onClick={() => setShown(shown + STEP)}>
          {trans.__('Show more of %1', count)}
        </Button>
      )}
    </details>
  );
}
