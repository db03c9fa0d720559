/** Owns the Python by which a chart of curves is drawn in a notebook; pure. */
import type { ICurveOptions } from './curves';
import { toPython } from '../python';

/** A curve is opened with so many points at most. */
const POINTS = 2000;

const HEAD = ['import plotly.express as px', 'import mlops_lab as lab', ''];

/** The curves of one metric. */
export function curveCode(options: {
  runIds: readonly string[];
  metric: string;
  options: Pick<ICurveOptions, 'along' | 'smoothing' | 'isLogX' | 'isLogY' | 'spread'>;
  /** Key of what runs are grouped by; empty when they are not. */
  groupBy: string;
}): string {
  const { runIds, metric, groupBy } = options;
  const { along, smoothing, isLogX, isLogY, spread } = options.options;
  const x = { step: 'step', time: 'elapsed', clock: 'time' }[along];
  const lines = [
    ...HEAD,
    `runs = ${idList(runIds)}`,
    `points = lab.metric_history(runs, [${toPython(metric)}], max_points=${POINTS})`
  ];
  if (smoothing > 0) {
    lines.push(
      'points["value"] = points.groupby("run_id")["value"].transform(',
      `    lambda value: value.ewm(alpha=${Number((1 - smoothing).toFixed(4))}, ignore_na=True).mean()`,
      ')'
    );
  }
  const logs = `${isLogX ? ', log_x=True' : ''}${isLogY ? ', log_y=True' : ''}`;
  if (groupBy && spread) {
    lines.push(...groupLines({ x, groupBy, spread, metric, logs, count: runIds.length }));
  } else {
    lines.push(
      'points["run"] = points["run_name"] + " " + points["run_id"].str[-8:]',
      `figure = px.line(points, x=${toPython(x)}, y="value", color="run"${logs}, title=${toPython(metric)})`
    );
  }
  return [...lines, 'figure.show()'].join('\n');
}

/** The mean of each group at each place, with its spread as thin lines. */
function groupLines(options: {
  x: string;
  groupBy: string;
  spread: 'range' | 'deviation';
  metric: string;
  logs: string;
  count: number;
}): string[] {
  const { x, groupBy, spread, metric, logs, count } = options;
  const column = groupBy === 'experiment' ? 'experiment_id' : groupBy;
  const bounds =
    spread === 'range'
      ? ['groups["low"], groups["high"] = groups["min"], groups["max"]']
      : [
          'groups["std"] = groups["std"].fillna(0)',
          'groups["low"] = groups["mean"] - groups["std"]',
          'groups["high"] = groups["mean"] + groups["std"]'
        ];
  return [
    `known = lab.search_runs(f"id IN ({', '.join(map(repr, runs))})", max_results=${count})`,
    `points["group"] = points["run_id"].map(known.set_index("run_id")[${toPython(column)}].astype(str))`,
    `groups = points.groupby(["group", ${toPython(x)}])["value"].agg(["mean", "min", "max", "std"]).reset_index()`,
    ...bounds,
    'lines = groups.melt(["group", ' +
      `${toPython(x)}], ["mean", "low", "high"], var_name="line", value_name="value")`,
    `figure = px.line(lines, x=${toPython(x)}, y="value", color="group", line_dash="line"${logs}, title=${toPython(metric)})`
  ];
}

function idList(ids: readonly string[]): string {
  return ids.length === 0 ? '[]' : `[\n${ids.map(id => `    ${toPython(id)},`).join('\n')}\n]`;
}
