/** Owns the preview of one file: its head, and the part that draws it, loaded when it is wanted. */
import * as React from 'react';

import { CopyButton } from '../../components/copy';
import { Skeleton } from '../../components/feedback';
import { baseName, formatBytes, shortDigest } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { previewKind, type PreviewKind } from './kind';
import type { IPreviewSource } from './source';

type Drawing = React.LazyExoticComponent<React.ComponentType<IPreviewSource>>;

const DRAWINGS: Record<PreviewKind, Drawing> = {
  html: React.lazy(() => import('./page')),
  image: React.lazy(() => import('./picture')),
  json: React.lazy(() => import('./json')),
  markdown: React.lazy(() => import('./markdown')),
  notebook: React.lazy(() => import('./notebook')),
  parquet: React.lazy(() => import('./parquet')),
  pdf: React.lazy(() => import('./pdf')),
  table: React.lazy(() => import('./table')),
  text: React.lazy(() => import('./text'))
};

/** Bytes up to which a file that is shown whole or not at all is loaded. */
const MAX_WHOLE: Partial<Record<PreviewKind, number>> = {
  html: 10_000_000,
  image: 25_000_000,
  notebook: 20_000_000,
  pdf: 50_000_000
};

export function FilePreview(props: IPreviewSource): React.JSX.Element {
  const trans = useTrans();
  const { file, model } = props;
  const name = baseName(file.path);
  return (
    <section className="jp-MlopsLab-preview" aria-label={trans.__('Preview of %1', file.path)}>
      <header className="jp-MlopsLab-tools">
        <strong title={file.path}>{name}</strong>
        <span className="jp-MlopsLab-note">{formatBytes(file.size)}</span>
        <code className="jp-MlopsLab-digest" title={file.digest}>
          {shortDigest(file.digest)}
        </code>
        <span className="jp-MlopsLab-preview-tools">
          <CopyButton text={file.path}>{trans.__('Copy path')}</CopyButton>
          {file.available && (
            <a
              className="jp-MlopsLab-button jp-mod-small"
              href={model.artifactUrl(file.path)}
              download={name}
              title={trans.__('Download %1', file.path)}
            >
              {trans.__('Download')}
            </a>
          )}
        </span>
      </header>
      <div className="jp-MlopsLab-preview-body">
        <Body {...props} />
      </div>
    </section>
  );
}

function Body(props: IPreviewSource): React.JSX.Element {
  const trans = useTrans();
  const { file } = props;
  const kind = previewKind(file);
  if (!file.available) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('%1: bytes are missing', baseName(file.path))}.{' '}
        {trans.__('The kernel ended before the bytes of this file were delivered')}.
      </p>
    );
  }
  if (kind === null) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__(
          'There is no preview of files of type %1. Download it to look at it.',
          typeOf(file)
        )}
      </p>
    );
  }
  if (file.size > (MAX_WHOLE[kind] ?? Infinity)) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('With %1 it is too large to be shown here. Download it.', formatBytes(file.size))}
      </p>
    );
  }
  const Drawn = DRAWINGS[kind];
  return (
    <React.Suspense fallback={<Skeleton rows={4} height={22} />}>
      <Drawn {...props} />
    </React.Suspense>
  );
}

function typeOf({ path, media_type }: IPreviewSource['file']): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : media_type;
}
