/** Owns the fitted models of a run: what they are, how they were set, and where they are stored. */
import * as React from 'react';

import type { ArtifactRef, ModelInfo } from '../api/types';
import { Facts } from '../components/facts';
import { formatBytes, formatCount, shortDigest } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import { Download } from './files';
import type { RunModel } from './model';

interface IModelsProps {
  models: readonly ModelInfo[];
  artifacts: readonly ArtifactRef[];
  model: RunModel;
}

export function Models({ models, artifacts, model }: IModelsProps): React.JSX.Element {
  return (
    <div className="jp-MlopsLab-cards">
      {models.map((info, index) => (
        <article key={index} className="jp-MlopsLab-card">
          <ModelCard info={info} artifacts={artifacts} model={model} />
        </article>
      ))}
    </div>
  );
}

function ModelCard(props: {
  info: ModelInfo;
  artifacts: readonly ArtifactRef[];
  model: RunModel;
}): React.JSX.Element {
  const trans = useTrans();
  const { info, artifacts, model } = props;
  const stored = artifacts.find(item => item.path === info.artifact);
  return (
    <>
      <h3>
        {info.name} <span className="jp-MlopsLab-note">{shortClass(info.class_name)}</span>
      </h3>
      <Facts
        facts={[
          { name: trans.__('Class'), value: info.class_name },
          {
            name: trans.__('Library'),
            value: [info.library, info.library_version].filter(Boolean).join(' ')
          },
          ...Object.entries(info.facts).map(([name, value]) => ({ name, value }))
        ]}
      />
      {stored && <Stored info={info} artifact={stored} model={model} />}
      <Signature info={info} />
      <Hyperparameters values={info.hyperparameters} />
    </>
  );
}

function shortClass(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** The file, and whether loading it runs code of whoever wrote it. */
function Stored(props: {
  info: ModelInfo;
  artifact: ArtifactRef;
  model: RunModel;
}): React.JSX.Element {
  const trans = useTrans();
  const { info, artifact, model } = props;
  return (
    <p className="jp-MlopsLab-tools">
      <Download artifact={artifact} model={model} />
      <span className="jp-MlopsLab-note">
        {[info.format, formatBytes(artifact.size)].filter(Boolean).join(', ')}
      </span>
      <code className="jp-MlopsLab-digest" title={artifact.digest}>
        {shortDigest(artifact.digest)}
      </code>
      {info.safe === true && (
        <span
          className="jp-MlopsLab-badge"
          title={trans.__('Loading this file runs no code of whoever wrote it')}
        >
          {trans.__('✓ safe to load')}
        </span>
      )}
      {info.safe === false && (
        <span
          className="jp-MlopsLab-badge jp-mod-warn"
          title={trans.__('Loading this file can run code: load it only if you trust its origin')}
        >
          {trans.__('⚠ loading runs code')}
        </span>
      )}
    </p>
  );
}

function Signature({ info }: { info: ModelInfo }): React.JSX.Element | null {
  const trans = useTrans();
  const sides = [
    { name: trans.__('Takes'), columns: info.inputs },
    { name: trans.__('Gives'), columns: info.outputs }
  ].filter(side => side.columns.length > 0);
  return sides.length === 0 ? null : (
    <details>
      <summary>
        {trans.__('Signature')}{' '}
        <span className="jp-MlopsLab-note">
          {trans.__('%1 in, %2 out', info.inputs.length, info.outputs.length)}
        </span>
      </summary>
      {sides.map(({ name, columns }) => (
        <p key={name} className="jp-MlopsLab-signature">
          <span className="jp-MlopsLab-note">{name} </span>
          {columns.map((column, index) => (
            <code key={index}>
              {column.name}: {column.type}
            </code>
          ))}
        </p>
      ))}
    </details>
  );
}

function Hyperparameters(props: { values: Record<string, string> }): React.JSX.Element | null {
  const trans = useTrans();
  const rows = React.useMemo(() => Object.entries(props.values), [props.values]);
  const columns: IColumn<[string, string]>[] = React.useMemo(
    () => [
      { name: trans.__('Hyperparameter'), value: ([name]) => name },
      {
        name: trans.__('Value'),
        kind: 'code',
        value: ([, value]) => value,
        draw: ([, value]) => value.slice(0, 300)
      }
    ],
    [trans]
  );
  return rows.length === 0 ? null : (
    <details>
      <summary>
        {trans.__('Hyperparameters')}{' '}
        <span className="jp-MlopsLab-note">{formatCount(rows.length)}</span>
      </summary>
      <LongTable
        label={trans.__('Hyperparameters')}
        columns={columns}
        rows={rows}
        keyOf={([name]) => name}
      />
    </details>
  );
}
