/** Owns the preview of tables of text (CSV, TSV): their first rows. */
import * as React from 'react';

import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { Grid, isNumeric } from './grid';
import { readTable } from './rows';
import { readHead, useLoaded, type IPreviewSource } from './source';
import { Loading } from './states';

export default function TablePreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readHead(props, signal));
  return (
    <Loading loaded={loaded}>
      {({ text, isWhole }) => <Rows text={text} isWhole={isWhole} path={props.file.path} />}
    </Loading>
  );
}

function Rows(props: { text: string; isWhole: boolean; path: string }): React.JSX.Element {
  const trans = useTrans();
  const { text, isWhole, path } = props;
  const { columns, rows, hasMore } = React.useMemo(
    () => readTable(text, path, isWhole),
    [text, path, isWhole]
  );
  const drawn = React.useMemo(
    () => columns.map((name, index) => ({ name, isNumber: isNumeric(rows, index) })),
    [columns, rows]
  );
  const words = [
    hasMore
      ? trans.__('The first %1 rows', formatCount(rows.length))
      : trans._n('%2 row', '%2 rows', rows.length, formatCount(rows.length)),
    trans._n('%2 column', '%2 columns', columns.length, formatCount(columns.length))
  ];
  return (
    <>
      <p className="jp-MlopsLab-note">{words.join(' · ')}</p>
      <Grid label={trans.__('Content of %1', path)} columns={drawn} rows={rows} />
    </>
  );
}
