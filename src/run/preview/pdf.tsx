/** Owns the preview of PDF files, by the viewer of the browser where it has one. */
import * as React from 'react';

import { useTrans } from '../../components/hooks';
import { useBlobUrl } from './blobUrl';
import { readBytes, useLoaded, type IPreviewSource } from './source';
import { Loading } from './states';

export default function PdfPreview(props: IPreviewSource): React.JSX.Element {
  const trans = useTrans();
  return navigator.pdfViewerEnabled ? (
    <Loaded {...props} />
  ) : (
    <p className="jp-MlopsLab-note">
      {trans.__('This browser does not show PDF files. Download it to look at it.')}
    </p>
  );
}

function Loaded(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readBytes(props, signal));
  return (
    <Loading loaded={loaded}>{bytes => <Pages bytes={bytes} path={props.file.path} />}</Loading>
  );
}

function Pages({ bytes, path }: { bytes: ArrayBuffer; path: string }): React.JSX.Element | null {
  const trans = useTrans();
  const url = useBlobUrl(bytes, 'application/pdf');
  return url ? (
    <iframe
      className="jp-MlopsLab-preview-page"
      src={url}
      title={trans.__('Content of %1', path)}
    />
  ) : null;
}
