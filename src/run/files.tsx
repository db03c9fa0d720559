/** Owns the files of a run, and how they are downloaded. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ArtifactRef } from '../api/types';
import { baseName, formatBytes, shortDigest } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import type { RunModel } from './model';

interface IFilesProps {
  artifacts: readonly ArtifactRef[];
  model: RunModel;
}

export function Files({ artifacts, model }: IFilesProps): React.JSX.Element {
  const trans = useTrans();
  const columns = React.useMemo(() => columnsOf(model, trans), [model, trans]);
  return (
    <LongTable
      label={trans.__('Files')}
      columns={columns}
      rows={artifacts}
      keyOf={artifact => artifact.path}
    />
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

function columnsOf(model: RunModel, trans: TranslationBundle): IColumn<ArtifactRef>[] {
  return [
    {
      name: trans.__('File'),
      share: 2,
      value: artifact => artifact.path,
      draw: artifact => <Download artifact={artifact} model={model} />
    },
    {
      name: trans.__('Size'),
      kind: 'number',
      value: artifact => artifact.size,
      draw: artifact => formatBytes(artifact.size)
    },
    { name: trans.__('Type'), kind: 'note', value: artifact => artifact.media_type },
    {
      name: trans.__('Digest'),
      kind: 'code',
      value: artifact => artifact.digest,
      draw: artifact => shortDigest(artifact.digest)
    }
  ];
}
