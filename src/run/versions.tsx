/** Owns the versions of registered models that a run made: stage, aliases, description, by whom. */
import * as React from 'react';

import type { Lineage } from '../api/types';
import { useTrans } from '../components/hooks';
import { When } from '../components/when';

type Version = Lineage['versions'][number];

/** The registry's word for a version that is in no stage. */
const NO_STAGE = 'None';

/** What names a version among those of a run. */
export function versionKey({ name, version }: Pick<Version, 'name' | 'version'>): string {
  return `${name} ${version}`;
}

/** The stage and the aliases of a version; empty where it has none. */
export function standingWords({ stage, aliases }: Version): string {
  const stages = stage === NO_STAGE ? [] : [stage];
  return [...stages, ...aliases.map(alias => `@${alias}`)].join(' ');
}

/** The versions, each a row that can be led to by its key. */
export function Versions(props: { versions: readonly Version[] }): React.JSX.Element | null {
  const trans = useTrans();
  const { versions } = props;
  const title = trans.__('Registered versions');
  return versions.length === 0 ? null : (
    <>
      <h3>{title}</h3>
      <div className="jp-MlopsLab-tableFrame" role="region" tabIndex={0} aria-label={title}>
        <table className="jp-MlopsLab-table jp-MlopsLab-versions">
          <thead>
            <tr>
              <th scope="col">{trans.__('Model')}</th>
              <th scope="col">{trans.__('Version')}</th>
              <th scope="col">{trans.__('Stage and aliases')}</th>
              <th scope="col">{trans.__('Description')}</th>
              <th scope="col">{trans.__('Registered')}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(version => (
              <Row key={versionKey(version)} version={version} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ version }: { version: Version }): React.JSX.Element {
  const trans = useTrans();
  return (
    <tr className="jp-MlopsLab-version" data-version={versionKey(version)} tabIndex={-1}>
      <th scope="row">{version.name}</th>
      <td className="jp-MlopsLab-number">{version.version}</td>
      <td>{standingWords(version) || trans.__('none')}</td>
      <td className="jp-MlopsLab-version-description">{version.description}</td>
      <td className="jp-MlopsLab-note">
        <When at={version.created_at} /> {trans.__('by %1', version.created_by)}
      </td>
    </tr>
  );
}
