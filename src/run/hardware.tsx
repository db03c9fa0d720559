/** Owns what a run took of the machine: totals, and the series that were sampled meanwhile. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { MetricSeries, Resources } from '../api/types';
import { Facts, type IFact } from '../components/facts';
import { formatBytes, formatDuration, formatNumber } from '../components/format';
import { useTrans } from '../components/hooks';
import { Curves } from './charts';

export function Hardware(props: {
  resources: Resources | null;
  series: readonly MetricSeries[];
  commands: CommandRegistry;
}): React.JSX.Element {
  const trans = useTrans();
  const { resources, series, commands } = props;
  const titles: Record<string, string> = {
    'system/cpu_percent': trans.__('CPU, % of one core'),
    'system/memory_rss_bytes': trans.__('Memory of the kernel and its children, bytes'),
    'system/disk_read_bytes': trans.__('Read from disk so far, bytes'),
    'system/disk_written_bytes': trans.__('Written to disk so far, bytes'),
    'system/network_received_bytes': trans.__('Received so far, bytes'),
    'system/network_sent_bytes': trans.__('Sent so far, bytes')
  };
  return (
    <>
      {resources && <Totals resources={resources} />}
      {series.length > 0 ? (
        <Curves
          series={series}
          commands={commands}
          titleOf={name => titles[name] ?? name.replace('system/', '').replaceAll('_', ' ')}
          stepName={trans.__('seconds since the start')}
        />
      ) : (
        <p className="jp-MlopsLab-note">
          {trans.__('The run was too short for samples over time.')}
        </p>
      )}
    </>
  );
}

function Totals({ resources }: { resources: Resources }): React.JSX.Element {
  const trans = useTrans();
  const bytes = (value: number | null): string | null =>
    value === null ? null : formatBytes(value);
  const sources = {
    measured: trans.__('measured'),
    estimated: trans.__('estimated')
  };
  const energy =
    resources.energy_wh === null
      ? null
      : [
          trans.__('%1 Wh', formatNumber(resources.energy_wh)),
          resources.energy_source ? sources[resources.energy_source] : '',
          resources.energy_note
        ]
          .filter(Boolean)
          .join(', ');
  const facts: IFact[] = [
    { name: trans.__('Wall time'), value: formatDuration(resources.wall_ms, trans) },
    { name: trans.__('CPU time'), value: formatDuration(resources.cpu_ms, trans) },
    { name: trans.__('Peak memory of the kernel'), value: bytes(resources.peak_memory) },
    { name: trans.__('Memory before'), value: bytes(resources.memory_before) },
    { name: trans.__('Read from disk'), value: bytes(resources.read_bytes) },
    { name: trans.__('Written to disk'), value: bytes(resources.written_bytes) },
    { name: trans.__('Received'), value: bytes(resources.received_bytes) },
    { name: trans.__('Sent'), value: bytes(resources.sent_bytes) },
    { name: trans.__('Peak memory of the GPU'), value: bytes(resources.gpu_peak_memory) },
    { name: trans.__('Energy'), value: energy }
  ];
  return <Facts facts={facts} />;
}
