/** Owns what a run ran in: Python, machine, packages, and names of variables. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Environment } from '../api/types';
import { CopyButton } from '../components/copy';
import { Facts } from '../components/facts';
import { formatBytes, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import type { RunModel } from './model';

type Package = Environment['packages'][number];

export function EnvironmentFacts(props: {
  environment: Environment;
  model: RunModel;
}): React.JSX.Element {
  const trans = useTrans();
  const { environment, model } = props;
  const { packages, memory_bytes: memory, cpu_count: cpus, seeds, variables } = environment;
  const columns = React.useMemo(() => columnsOf(packages, trans), [packages, trans]);
  return (
    <>
      <Facts
        facts={[
          {
            name: trans.__('Python'),
            value: `${environment.implementation} ${environment.python}`
          },
          { name: trans.__('Platform'), value: environment.platform },
          { name: trans.__('Machine'), value: environment.machine },
          { name: trans.__('CPUs'), value: cpus === null ? null : String(cpus) },
          { name: trans.__('Memory'), value: memory === null ? null : formatBytes(memory) },
          { name: trans.__('GPUs'), value: environment.gpus.join(', ') },
          { name: trans.__('Kernel'), value: environment.kernel_name },
          {
            name: trans.__('Script'),
            value: environment.script && [environment.script, ...environment.arguments].join(' ')
          },
          ...Object.entries(seeds).map(([name, value]) => ({
            name: trans.__('Seed of %1', name),
            value
          }))
        ]}
      />
      <LongTable
        label={trans.__('Packages')}
        columns={columns}
        rows={packages}
        keyOf={item => item.name}
        tools={
          <CopyButton
            text={() => model.getRequirements()}
            title={trans.__('Copy the packages as a requirements file for uv or pip')}
          >
            {trans.__('Copy requirements')}
          </CopyButton>
        }
      />
      <Variables names={variables} />
    </>
  );
}

function Variables({ names }: { names: readonly string[] }): React.JSX.Element | null {
  const trans = useTrans();
  return names.length === 0 ? null : (
    <details>
      <summary>
        {trans.__('Environment variables, by name only')}{' '}
        <span className="jp-MlopsLab-note">{formatCount(names.length)}</span>
      </summary>
      <p className="jp-MlopsLab-signature">
        {names.map(name => (
          <code key={name}>{name}</code>
        ))}
      </p>
    </details>
  );
}

function columnsOf(packages: readonly Package[], trans: TranslationBundle): IColumn<Package>[] {
  const isElsewhere = packages.some(item => item.source !== null || item.editable);
  const columns: IColumn<Package>[] = [
    { name: trans.__('Package'), value: item => item.name },
    { name: trans.__('Version'), kind: 'code', value: item => item.version },
    {
      name: trans.__('From'),
      kind: 'note',
      share: 2,
      value: ({ source, editable }) =>
        [source, editable ? trans.__('editable') : ''].filter(Boolean).join(', ')
    }
  ];
  return isElsewhere ? columns : columns.slice(0, 2);
}
