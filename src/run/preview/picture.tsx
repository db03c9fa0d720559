/** Owns the preview of pictures; as the source of an image no picture can run scripts. */
import * as React from 'react';

import { baseName } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { imageType } from './kind';
import { readBytes, useLoaded, type IPreviewSource } from './source';
import { Loading } from './states';
import { useBlobUrl } from './blobUrl';

export default function PicturePreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readBytes(props, signal));
  return <Loading loaded={loaded}>{bytes => <Picture bytes={bytes} file={props.file} />}</Loading>;
}

function Picture(props: {
  bytes: ArrayBuffer;
  file: IPreviewSource['file'];
}): React.JSX.Element | null {
  const trans = useTrans();
  const { bytes, file } = props;
  const url = useBlobUrl(bytes, imageType(file));
  const [size, setSize] = React.useState('');
  const [isBroken, setIsBroken] = React.useState(false);
  if (isBroken) {
    return <p role="alert">{trans.__('The browser cannot draw this picture.')}</p>;
  }
  return url ? (
    <>
      <img
        className="jp-MlopsLab-picture"
        src={url}
        alt={baseName(file.path)}
        onError={() => setIsBroken(true)}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setSize(trans.__('%1 × %2 pixels', naturalWidth, naturalHeight))
        }
      />
      <p className="jp-MlopsLab-note">{size || '\u00a0'}</p>
    </>
  ) : null;
}
