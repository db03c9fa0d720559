/** Owns the files of a run: their tree beside a preview of the one that is chosen. */
import * as React from 'react';

import type { ArtifactRef } from '../api/types';
import { baseName, formatBytes, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { FileList } from './fileList';
import { fileTree, firstShown, visibleNodes } from './fileTree';
import type { RunModel } from './model';
import { FilePreview } from './preview/filePreview';
import type { IPreviewTools } from './preview/source';

interface IFilesProps extends IPreviewTools {
  artifacts: readonly ArtifactRef[];
  model: RunModel;
}

/** Files up to which all folders are open at first. */
const OPEN_UP_TO = 60;

/** Files from which on there is a filter. */
const FILTER_FROM = 12;

export function Files({ artifacts, model, rendermime }: IFilesProps): React.JSX.Element {
  const [chosen, setChosen] = React.useState<string | null>(null);
  const selected = chosen ?? firstShown(artifacts);
  const file = artifacts.find(one => one.path === selected);
  return (
    <div className="jp-MlopsLab-files">
      <Tree artifacts={artifacts} selected={selected} onSelect={setChosen} />
      {file && (
        <FilePreview
          key={`${file.path} ${file.digest}`}
          file={file}
          model={model}
          rendermime={rendermime}
        />
      )}
    </div>
  );
}

function Tree(props: {
  artifacts: readonly ArtifactRef[];
  selected: string | null;
  onSelect: (path: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { artifacts, selected, onSelect } = props;
  const tree = React.useMemo(() => fileTree(artifacts), [artifacts]);
  const [turned, setTurned] = React.useState<ReadonlyMap<string, boolean>>(new Map());
  const [words, setWords] = React.useState('');
  const isOpen = (path: string): boolean => turned.get(path) ?? artifacts.length <= OPEN_UP_TO;
  const nodes = visibleNodes(tree, isOpen, words);
  const count = formatCount(artifacts.length);
  return (
    <div className="jp-MlopsLab-files-tree">
      {artifacts.length >= FILTER_FROM && (
        <input
          type="search"
          className="jp-mod-styled"
          value={words}
          placeholder={trans.__('Filter %1 files', count)}
          aria-label={trans.__('Filter the files')}
          spellCheck={false}
          onChange={event => setWords(event.target.value)}
        />
      )}
      <FileList
        nodes={nodes}
        selected={selected}
        isOpen={isOpen}
        onSelect={onSelect}
        onToggle={(path, open) => setTurned(new Map(turned).set(path, open))}
      />
      <p className="jp-MlopsLab-note" role="status">
        {words && nodes.length === 0
          ? trans.__('No file holds these words.')
          : trans._n(
              '%2 file, %3',
              '%2 files, %3',
              artifacts.length,
              count,
              formatBytes(tree.size)
            )}
      </p>
    </div>
  );
}

/** A link that downloads a file; words where its bytes never came. */
export function Download(props: { artifact: ArtifactRef; model: RunModel }): React.JSX.Element {
  const trans = useTrans();
  const { artifact, model } = props;
  if (!artifact.available) {
    return (
      <span
        className="jp-MlopsLab-badge jp-mod-warn"
        title={trans.__('The kernel ended before the bytes of this file were delivered')}
      >
        {trans.__('%1: bytes are missing', baseName(artifact.path))}
      </span>
    );
  }
  return (
    <a
      className="jp-MlopsLab-link"
      href={model.artifactUrl(artifact.path)}
      download={baseName(artifact.path)}
      title={trans.__('Download %1', artifact.path)}
    >
      {baseName(artifact.path)}
    </a>
  );
}
