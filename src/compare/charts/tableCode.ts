/** Owns the Python by which the charts over runs are drawn in a notebook; pure. */
import { toPython } from '../../components/python';
import type { IColumnOfRuns } from './runTable';

/** Where the rows of a chart come from. */
export type RunsOfChart =
  { ids: readonly string[] } | { experiments: readonly string[]; most: number };

/** The column of `lab.search_runs` that holds the values. */
function columnName(column: IColumnOfRuns): string {
  return toPython(column.key === 'experiment' ? 'experiment_id' : column.key);
}

/** The lines that read the runs, with numbers as numbers. */
function readLines(runs: RunsOfChart, columns: readonly IColumnOfRuns[]): string[] {
  const texts = columns.filter(column => column.kind === 'param' && column.isNumeric);
  const lines =
    'ids' in runs
      ? [
          `ids = [\n${runs.ids.map(id => `    ${toPython(id)},`).join('\n')}\n]`,
          'runs = lab.search_runs(f"id IN ({\', \'.join(map(repr, ids))})", max_results=len(ids))'
        ]
      : [
          `runs = lab.search_runs(experiment_names=${toPython(runs.experiments)}, max_results=${runs.most})`
        ];
  return texts.length === 0
    ? lines
    : [
        ...lines,
        `for name in [${texts.map(columnName).join(', ')}]:`,
        '    runs[name] = pd.to_numeric(runs[name], errors="coerce")'
      ];
}

const HEAD = ['import pandas as pd', 'import plotly.express as px', 'import mlops_lab as lab', ''];

const join = (...lines: readonly string[]): string => [...lines, 'figure.show()'].join('\n');

/** Points of two columns, coloured by a third. */
export function scatterCode(
  runs: RunsOfChart,
  chart: {
    x: IColumnOfRuns;
    y: IColumnOfRuns;
    color?: IColumnOfRuns;
    isLogX: boolean;
    isLogY: boolean;
  }
): string {
  const { x, y, color, isLogX, isLogY } = chart;
  const words = [
    `x=${columnName(x)}`,
    `y=${columnName(y)}`,
    ...(color ? [`color=${columnName(color)}`] : []),
    'hover_name="run_name"',
    ...(isLogX ? ['log_x=True'] : []),
    ...(isLogY ? ['log_y=True'] : [])
  ];
  const read = readLines(runs, color ? [x, y, color] : [x, y]);
  return join(...HEAD, ...read, `figure = px.scatter(runs, ${words.join(', ')})`);
}

/** Boxes of one column by the categories of another. */
export function boxCode(
  runs: RunsOfChart,
  chart: { by: IColumnOfRuns; y: IColumnOfRuns; isLogY: boolean }
): string {
  const { by, y, isLogY } = chart;
  const log = isLogY ? ', log_y=True' : '';
  return join(
    ...HEAD,
    ...readLines(runs, [y]),
    `figure = px.box(runs, x=${columnName(by)}, y=${columnName(y)}, points="all", hover_name="run_name"${log})`
  );
}

/** Parallel coordinates; words become their numbers. */
export function parallelCode(
  runs: RunsOfChart,
  chart: { columns: readonly IColumnOfRuns[]; color: IColumnOfRuns }
): string {
  const { columns, color } = chart;
  const all = columns.includes(color) ? columns : [...columns, color];
  const words = columns.filter(column => !column.isNumeric);
  const coded = words.length
    ? [
        `for name in [${words.map(columnName).join(', ')}]:`,
        '    runs[name], names = pd.factorize(runs[name], sort=True)',
        '    print(name, dict(enumerate(names)))'
      ]
    : [];
  return join(
    ...HEAD,
    ...readLines(runs, all),
    ...coded,
    `columns = [${columns.map(columnName).join(', ')}]`,
    `figure = px.parallel_coordinates(runs, dimensions=columns, color=${columnName(color)})`
  );
}

/** The lines that fit a forest of the params to a metric. */
function forestLines(params: readonly IColumnOfRuns[], metric: IColumnOfRuns): string[] {
  return [
    `columns = [${params.map(columnName).join(', ')}]`,
    `known = runs.dropna(subset=[*columns, ${columnName(metric)}])`,
    'table = pd.get_dummies(known[columns], dtype=float)',
    `forest = RandomForestRegressor(random_state=0).fit(table, known[${columnName(metric)}])`
  ];
}

/** How much worse a forest predicts the metric when a param is shuffled. */
export function importanceCode(
  runs: RunsOfChart,
  chart: { params: readonly IColumnOfRuns[]; metric: IColumnOfRuns }
): string {
  const { params, metric } = chart;
  return join(
    ...HEAD.slice(0, 2),
    'from sklearn.ensemble import RandomForestRegressor',
    'from sklearn.inspection import permutation_importance',
    ...HEAD.slice(2),
    ...readLines(runs, [...params, metric]),
    ...forestLines(params, metric),
    `found = permutation_importance(forest, table, known[${columnName(metric)}], random_state=0)`,
    'importance = pd.Series(found.importances_mean, index=table.columns).sort_values()',
    `figure = px.bar(importance, orientation="h", title=${toPython(metric.name)})`
  );
}

/** What a forest predicts on average as one param moves. */
export function dependenceCode(
  runs: RunsOfChart,
  chart: { params: readonly IColumnOfRuns[]; metric: IColumnOfRuns; param: IColumnOfRuns }
): string {
  const { params, metric, param } = chart;
  const values = param.isNumeric
    ? [
        `values = known[${columnName(param)}].sort_values().unique()`,
        `means = [forest.predict(table.assign(**{${columnName(param)}: value})).mean() for value in values]`
      ]
    : [
        `values = known[${columnName(param)}].sort_values().unique()`,
        'means = [',
        `    forest.predict(pd.get_dummies(known[columns].assign(**{${columnName(param)}: value}), dtype=float)`,
        '        .reindex(columns=table.columns, fill_value=0)).mean()',
        '    for value in values',
        ']'
      ];
  const draw = param.isNumeric ? 'px.line' : 'px.bar';
  return join(
    ...HEAD.slice(0, 2),
    'from sklearn.ensemble import RandomForestRegressor',
    ...HEAD.slice(2),
    ...readLines(runs, [...params, metric]),
    ...forestLines(params, metric),
    ...values,
    `figure = ${draw}(x=values, y=means, labels={"x": ${toPython(param.name)}, "y": ${toPython(metric.name)}})`
  );
}

/** A metric over two params, between the runs only. */
export function contourCode(
  runs: RunsOfChart,
  chart: {
    x: IColumnOfRuns;
    y: IColumnOfRuns;
    z: IColumnOfRuns;
    isLogX: boolean;
    isLogY: boolean;
  }
): string {
  const { x, y, z, isLogX, isLogY } = chart;
  const space = (isLog: boolean, column: IColumnOfRuns): string =>
    `np.${isLog ? 'geom' : 'lin'}space(known[${columnName(column)}].min(), known[${columnName(column)}].max(), 60)`;
  const place = (isLog: boolean, of: string): string => (isLog ? `np.log10(${of})` : of);
  return join(
    'import numpy as np',
    'import pandas as pd',
    'import plotly.graph_objects as go',
    'import mlops_lab as lab',
    'from scipy.interpolate import griddata',
    '',
    ...readLines(runs, [x, y, z]),
    `known = runs.dropna(subset=[${[x, y, z].map(columnName).join(', ')}])`,
    `x, y, z = known[${columnName(x)}], known[${columnName(y)}], known[${columnName(z)}]`,
    `across, up = ${space(isLogX, x)}, ${space(isLogY, y)}`,
    `grid = np.meshgrid(${place(isLogX, 'across')}, ${place(isLogY, 'up')})`,
    `surface = griddata((${place(isLogX, 'x')}, ${place(isLogY, 'y')}), z, tuple(grid), rescale=True)`,
    'figure = go.Figure(go.Contour(x=across, y=up, z=surface))',
    'figure.add_scatter(x=x, y=y, mode="markers", text=known["run_name"])',
    `figure.update_xaxes(title=${toPython(x.name)}${isLogX ? ', type="log"' : ''})`,
    `figure.update_yaxes(title=${toPython(y.name)}${isLogY ? ', type="log"' : ''})`
  );
}
