/** Owns what every chart over runs is given. */
import type { RunsOfChart } from './tableCode';
import type { IRunTable } from './runTable';

export interface IAnalysisProps {
  table: IRunTable;
  primary: ReadonlySet<string>;
  baselineId: string;
  /** Where the rows come from, for code. */
  source: RunsOfChart;
  selected: ReadonlySet<string>;
  onSelect: (runIds: readonly string[]) => void;
  onOpen: (runId: string) => void;
  onCode: (code: string) => void;
}
