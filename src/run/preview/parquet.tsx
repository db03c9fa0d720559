/** Owns the preview of Parquet files: schema and first rows, read by their footer and first rows alone. */
import * as React from 'react';

import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { Grid } from './grid';
import type { IParquetHead } from './parquetHead';
import { readBytes, useLoaded, type IPreviewSource } from './source';
import { Loading } from './states';

export default function ParquetPreview(props: IPreviewSource): React.JSX.Element {
  const { file } = props;
  const loaded = useLoaded(async signal => {
    const { readParquetHead } = await import('./parquetHead');
    return readParquetHead(file.size, (start, end) => readBytes(props, signal, [start, end]));
  });
  return <Loading loaded={loaded}>{head => <Head head={head} path={file.path} />}</Loading>;
}

function Head({ head, path }: { head: IParquetHead; path: string }): React.JSX.Element {
  const trans = useTrans();
  const { columns, rows, count, groups } = head;
  const words = [
    rows.length < count
      ? trans.__('The first %1 of %2 rows', formatCount(rows.length), formatCount(count))
      : trans._n('%2 row', '%2 rows', count, formatCount(count)),
    trans._n('%2 column', '%2 columns', head.allColumns, formatCount(head.allColumns)),
    trans._n('%2 row group', '%2 row groups', groups, formatCount(groups))
  ];
  if (columns.length < head.allColumns) {
    words.push(trans.__('the first %1 columns', formatCount(columns.length)));
  }
  return (
    <>
      <p className="jp-MlopsLab-note">{words.join(' · ')}</p>
      <Grid label={trans.__('Content of %1', path)} columns={columns} rows={rows} />
    </>
  );
}
