/** Owns the tree of files as it is drawn: only the lines in sight, led by mouse or keyboard. */
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { formatBytes, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import type { IFileNode } from './fileTree';

/** Height of a line in pixels. */
const LINE_HEIGHT = 24;

interface IFileListProps {
  nodes: readonly IFileNode[];
  selected: string | null;
  isOpen: (path: string) => boolean;
  onSelect: (path: string) => void;
  onToggle: (path: string, isOpen: boolean) => void;
}

export function FileList(props: IFileListProps): React.JSX.Element {
  const trans = useTrans();
  const { nodes, selected } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [focused, setFocused] = React.useState<string | null>(selected);
  const place = Math.max(
    0,
    nodes.findIndex(node => node.path === focused)
  );
  const virtual = useVirtualizer({
    count: nodes.length,
    estimateSize: () => LINE_HEIGHT,
    getScrollElement: () => scroller.current,
    overscan: 12
  });
  const goTo = (index: number): void => {
    const node = nodes[Math.min(nodes.length - 1, Math.max(0, index))];
    if (node) {
      setFocused(node.path);
      virtual.scrollToIndex(nodes.indexOf(node));
    }
  };
  const atPlace = nodes[place];
  return (
    <div
      ref={scroller}
      className="jp-MlopsLab-fileList"
      role="tree"
      tabIndex={0}
      aria-label={trans.__('Files of this run')}
      aria-activedescendant={atPlace && lineId(atPlace.path)}
      onKeyDown={event => lead(event, { ...props, place, goTo })}
    >
      <div style={{ height: virtual.getTotalSize() }} role="presentation">
        {linesOf(virtual, nodes).map(({ index, start, node }) => (
          <Line
            key={index}
            {...props}
            node={node}
            top={start}
            isFocused={index === place}
            onFocus={setFocused}
          />
        ))}
      </div>
    </div>
  );
}

/** The lines in sight with their places. */
function linesOf(
  virtual: Pick<Virtualizer<HTMLDivElement, Element>, 'getVirtualItems'>,
  nodes: readonly IFileNode[]
): { index: number; start: number; node: IFileNode }[] {
  return virtual.getVirtualItems().flatMap(({ index, start }) => {
    const node = nodes[index];
    return node ? [{ index, start, node }] : [];
  });
}

function lead(event: React.KeyboardEvent, leading: ILeading): void {
  if (moveBy(event.key, leading)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function lineId(path: string): string {
  return `jp-MlopsLab-file-${encodeURIComponent(path)}`;
}

function Line(
  props: IFileListProps & {
    node: IFileNode;
    top: number;
    isFocused: boolean;
    onFocus: (path: string) => void;
  }
): React.JSX.Element {
  const { node, top, selected, isOpen, isFocused, onFocus, onSelect, onToggle } = props;
  const isFolder = node.file === null;
  const open = isFolder && isOpen(node.path);
  const classes = [
    'jp-MlopsLab-fileLine',
    node.path === selected ? 'jp-mod-selected' : '',
    isFocused ? 'jp-mod-focused' : ''
  ];
  const press = (): void => {
    onFocus(node.path);
    if (isFolder) {
      onToggle(node.path, !open);
    } else {
      onSelect(node.path);
    }
  };
  return (
    <div
      id={lineId(node.path)}
      role="treeitem"
      className={classes.join(' ')}
      style={{ top, height: LINE_HEIGHT, paddingLeft: 8 + node.depth * 14 }}
      aria-level={node.depth + 1}
      aria-selected={node.path === selected}
      aria-expanded={isFolder ? open : undefined}
      title={node.path}
      onClick={press}
    >
      <LineWords node={node} isOpen={open} />
    </div>
  );
}

function LineWords({ node, isOpen }: { node: IFileNode; isOpen: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { file, name, size, count } = node;
  return (
    <>
      <span className="jp-MlopsLab-fileLine-mark" aria-hidden="true">
        {file ? '' : isOpen ? '▾' : '▸'}
      </span>
      <span className="jp-MlopsLab-fileLine-name">{file ? name : `${name}/`}</span>
      {file && !file.available && (
        <span className="jp-MlopsLab-badge jp-mod-warn">{trans.__('missing')}</span>
      )}
      <span className="jp-MlopsLab-note">
        {file ? formatBytes(size) : trans.__('%1 in %2', formatBytes(size), formatCount(count))}
      </span>
    </>
  );
}

interface ILeading extends IFileListProps {
  place: number;
  goTo: (index: number) => void;
}

/** Whether the key led somewhere: the keys of a tree, as every desktop has them. */
function moveBy(key: string, lead: ILeading): boolean {
  const { nodes, place, goTo, isOpen, onSelect, onToggle } = lead;
  const node = nodes[place];
  if (!node) {
    return false;
  }
  const isFolder = node.file === null;
  switch (key) {
    case 'ArrowDown':
      goTo(place + 1);
      return true;
    case 'ArrowUp':
      goTo(place - 1);
      return true;
    case 'Home':
      goTo(0);
      return true;
    case 'End':
      goTo(nodes.length - 1);
      return true;
    case 'ArrowRight':
      if (isFolder && !isOpen(node.path)) {
        onToggle(node.path, true);
      } else {
        goTo(place + 1);
      }
      return true;
    case 'ArrowLeft':
      if (isFolder && isOpen(node.path)) {
        onToggle(node.path, false);
      } else {
        goTo(nodes.findIndex(other => other.path === folderOf(node.path)));
      }
      return true;
    case 'Enter':
    case ' ':
      if (isFolder) {
        onToggle(node.path, !isOpen(node.path));
      } else {
        onSelect(node.path);
      }
      return true;
    default:
      return false;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
