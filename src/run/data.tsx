/** Owns the data that a run read: each version with its schema, missing values and profile. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ColumnVersion, DataVersion } from '../api/types';
import { CopyButton } from '../components/copy';
import { Distribution } from '../components/distribution';
import { Facts } from '../components/facts';
import {
  formatBytes,
  formatCount,
  formatFixedPercent,
  formatTime,
  shortDigest
} from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';

/** Versions that are shown open when there are no more than these. */
const OPEN = 2;

/** What the run was given comes first, what it made of it last. */
const RANKS: Record<DataVersion['role'], number> = { input: 0, loaded: 1, made: 2 };

export function Data({ versions }: { versions: readonly DataVersion[] }): React.JSX.Element {
  const sorted = React.useMemo(
    () => [...versions].sort((one, other) => RANKS[one.role] - RANKS[other.role]),
    [versions]
  );
  return (
    <div className="jp-MlopsLab-cards">
      {sorted.map(version => (
        <Version
          key={`${version.source} ${version.name}`}
          version={version}
          isOpen={versions.length <= OPEN}
        />
      ))}
    </div>
  );
}

function Version(props: { version: DataVersion; isOpen: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { version } = props;
  const [wasOpen, setWasOpen] = React.useState(props.isOpen);
  return (
    <details
      className="jp-MlopsLab-card"
      open={props.isOpen}
      onToggle={event => event.currentTarget.open && setWasOpen(true)}
    >
      <summary>
        <strong>{version.name}</strong>
        <span className="jp-MlopsLab-note">
          {version.source === 'file' ? trans.__('file') : version.library_type}
        </span>
        <span className="jp-MlopsLab-note">{shapeOf(version, trans)}</span>
        <code className="jp-MlopsLab-digest" title={version.digest}>
          {shortDigest(version.digest)}
        </code>
        <RoleMark version={version} />
        <SampledMark version={version} />
      </summary>
      {wasOpen && <VersionDetails version={version} />}
    </details>
  );
}

function shapeOf({ shape, bytes, source }: DataVersion, trans: TranslationBundle): string {
  const [rows, columns, ...more] = shape;
  const size = bytes === null ? '' : formatBytes(bytes);
  if (source === 'file' || rows === undefined) {
    return size;
  }
  if (columns !== undefined && more.length === 0) {
    return [
      trans._n('%2 row', '%2 rows', rows, formatCount(rows)),
      trans._n('%2 column', '%2 columns', columns, formatCount(columns))
    ].join(' × ');
  }
  return shape.map(formatCount).join(' × ');
}

/** Whose table it is, where the run did not find it but came by it itself. */
function RoleMark({ version }: { version: DataVersion }): React.JSX.Element | null {
  const trans = useTrans();
  const { role } = version;
  return role === 'input' ? null : (
    <span className="jp-MlopsLab-badge" title={trans.__('This is how the cell left it')}>
      {role === 'made' ? trans.__('made by the cell') : trans.__('loaded by the cell')}
    </span>
  );
}

function SampledMark({ version }: { version: DataVersion }): React.JSX.Element | null {
  const trans = useTrans();
  const { sampled_rows: rows } = version;
  return rows === null ? null : (
    <span
      className="jp-MlopsLab-badge jp-mod-warn"
      title={trans.__('Digest and profile cover a sample of the rows only')}
    >
      {trans._n('sample of %2 row', 'sample of %2 rows', rows, formatCount(rows))}
    </span>
  );
}

function VersionDetails({ version }: { version: DataVersion }): React.JSX.Element {
  const trans = useTrans();
  const { columns, modified_at: modified, notes, content_digest: content } = version;
  const rules = React.useMemo(() => columnsOf(version, trans), [version, trans]);
  return (
    <>
      <Facts
        facts={[
          { name: trans.__('Path'), value: version.path },
          { name: trans.__('Changed'), value: modified === null ? null : formatTime(modified) },
          {
            name: trans.__('Size'),
            value: version.bytes === null ? null : formatBytes(version.bytes)
          },
          { name: trans.__('Digest'), value: version.digest },
          { name: trans.__('Digest without order'), value: content }
        ]}
      />
      <div className="jp-MlopsLab-tools">
        <CopyButton text={version.digest}>{trans.__('Copy digest')}</CopyButton>
        {version.path && <CopyButton text={version.path}>{trans.__('Copy path')}</CopyButton>}
      </div>
      {notes.map((note, index) => (
        <p key={index} className="jp-MlopsLab-note">
          {note}
        </p>
      ))}
      {columns.length > 0 && (
        <LongTable
          label={trans.__('Columns of %1', version.name)}
          columns={rules}
          rows={columns}
          keyOf={column => column.name}
        />
      )}
    </>
  );
}

function columnsOf(version: DataVersion, trans: TranslationBundle): IColumn<ColumnVersion>[] {
  const rows = version.shape[0] ?? 0;
  const type = ({ type, format }: ColumnVersion): string => (format ? `${type}, ${format}` : type);
  return [
    { name: trans.__('Column'), share: 1.4, value: column => column.name },
    { name: trans.__('Type'), kind: 'note', value: type },
    {
      name: trans.__('Missing'),
      kind: 'number',
      value: column => column.missing,
      draw: ({ missing }) => missingWords(missing, rows)
    },
    {
      name: trans.__('Distinct'),
      kind: 'number',
      value: column => column.profile?.distinct ?? null,
      draw: ({ profile }) => formatOptional(profile?.distinct ?? null)
    },
    {
      name: trans.__('Distribution'),
      share: 2.6,
      value: column => (column.profile?.mean as number | null | undefined) ?? null,
      title: () => '',
      draw: column => <Distribution column={column} />
    }
  ];
}

function formatOptional(count: number | null): string {
  return count === null ? '' : formatCount(count);
}

/** The count with its share; nothing stands out where nothing is missing. */
function missingWords(missing: number | null, rows: number): string {
  if (missing === null) {
    return '?';
  }
  if (missing === 0 || rows === 0) {
    return String(missing);
  }
  const share = missing / rows;
  const words = share < 0.001 ? `<${formatFixedPercent(0.001, 1)}` : formatFixedPercent(share, 1);
  return `${formatCount(missing)} (${words})`;
}
