/** Owns the lineage of a run as boxes in columns, and the lines between them; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Lineage, LineageData, LineageRun, LineageRuns } from '../api/types';
import { formatCount, shortDigest, shortId } from '../components/format';
import { standingWords, versionKey } from './versions';

export type NodeKind =
  'data' | 'definition' | 'job' | 'model' | 'more' | 'proof' | 'run' | 'version';

/** What a box opens: a run, a section of this page, a version in its table, or a job. */
export type Opening =
  | { runId: string }
  | { section: string }
  | { version: string }
  | { jobId: string }
  | { definitionId: string };

export interface INode {
  id: string;
  kind: NodeKind;
  title: string;
  note: string;
  opens: Opening | null;
  isOwn?: boolean;
}

export interface IGraph {
  /** The columns from what came first to what came last; none is empty. */
  columns: { title: string; nodes: INode[] }[];
  /** Ids of boxes, from what came first to what came of it. */
  lines: [string, string][];
  /** The box of the run that this one repeats, where it did not come from it otherwise. */
  repeated: string | null;
}

interface IDraft {
  before: INode[];
  read: INode[];
  own: INode[];
  made: INode[];
  after: INode[];
  lines: [string, string][];
}

const OWN = 'own';

/** The graph; of data that nobody else has, only the first few are drawn. */
export function lineageGraph(lineage: Lineage, trans: TranslationBundle): IGraph {
  const draft: IDraft = { before: [], read: [], own: [], made: [], after: [], lines: [] };
  const { run } = lineage;
  draft.own.push({ ...runNode(run, trans.__('this run')), id: OWN, opens: null, isOwn: true });
  addOrigins(draft, lineage, trans);
  const repeated = addRepeated(draft, lineage, trans);
  addData(draft, lineage, trans);
  addResults(draft, lineage, trans);
  const columns = [
    { title: trans.__('Came from'), nodes: draft.before },
    { title: trans.__('Data that it read'), nodes: draft.read },
    { title: trans.__('Run'), nodes: draft.own },
    { title: trans.__('Made'), nodes: draft.made },
    { title: trans.__('What came of it'), nodes: draft.after }
  ];
  return { columns: columns.filter(({ nodes }) => nodes.length > 0), lines: draft.lines, repeated };
}

/** A run with the same code, data and parameters stands beside this one; neither made the other. */
function addRepeated(draft: IDraft, lineage: Lineage, trans: TranslationBundle): string | null {
  const { same_as: same } = lineage;
  const node = same && runNode(same, trans.__('earlier run, same code, data and parameters'));
  if (!node || draft.before.some(({ id }) => id === node.id)) {
    return null;
  }
  return put(draft.own, node);
}

function runNode(run: LineageRun, note: string): INode {
  return { id: `run ${run.id}`, kind: 'run', title: run.name, note, opens: { runId: run.id } };
}

/** Adds a box once, however many lines lead to it. */
function put(nodes: INode[], node: INode): string {
  if (!nodes.some(one => one.id === node.id)) {
    nodes.push(node);
  }
  return node.id;
}

function addOrigins(draft: IDraft, lineage: Lineage, trans: TranslationBundle): void {
  const origins: [LineageRun | null | undefined, string][] = [
    [lineage.parent, trans.__('the run that holds it')],
    [lineage.promoted_from, trans.__('its code was promoted')]
  ];
  for (const [origin, note] of origins) {
    if (origin) {
      draft.lines.push([put(draft.before, runNode(origin, note)), OWN]);
    }
  }
  if (lineage.job) {
    const { job_id: jobId, definition_name: name, revision } = lineage.job;
    const note = trans.__('job, revision %1', revision);
    const node: INode = { id: `job ${jobId}`, kind: 'job', title: name, note, opens: { jobId } };
    draft.lines.push([put(draft.before, node), OWN]);
  }
}

/** Boxes for the runs of a relation, with one for those that are only counted. */
function runNodes(
  relation: LineageRuns,
  key: string,
  note: string,
  trans: TranslationBundle
): INode[] {
  const nodes = relation.runs.map(run => runNode(run, note));
  const more = relation.count - relation.runs.length;
  if (more > 0) {
    const count = formatCount(more);
    const title = relation.is_exact
      ? trans.__('%1 more', count)
      : trans.__('%1 more or beyond', count);
    nodes.push({ id: `more ${key}`, kind: 'more', title, note, opens: null });
  }
  return nodes;
}

function addData(draft: IDraft, lineage: Lineage, trans: TranslationBundle): void {
  lineage.data.forEach((data, index) => {
    const id = `data ${index}`;
    const node: INode = {
      id,
      kind: 'data',
      title: data.name,
      note: dataNote(data, trans),
      opens: { section: data.kind === 'artifact' ? 'files' : 'data' }
    };
    if (data.role === 'made') {
      draft.made.push(node);
      draft.lines.push([OWN, id]);
      for (const reader of runNodes(data.read_by, id, trans.__('read it'), trans)) {
        draft.lines.push([id, put(draft.after, reader)]);
      }
      return;
    }
    draft.read.push(node);
    draft.lines.push([id, OWN]);
    // Which of several made what was read is not known: the data was the same.
    const made =
      data.made_by.count > 1 ? trans.__('made the same data') : trans.__('made the data');
    for (const maker of runNodes(data.made_by, id, made, trans)) {
      draft.lines.push([put(draft.before, maker), id]);
    }
  });
  const untold = lineage.data_count - lineage.data.length;
  if (untold > 0) {
    const title = trans.__('%1 more', formatCount(untold));
    const opens = { section: 'data' };
    draft.read.push({ id: 'more data', kind: 'more', title, note: '', opens });
  }
}

function dataNote(data: LineageData, trans: TranslationBundle): string {
  const { digest, shape, read_by: readers } = data;
  const [rows, columns] = shape;
  const parts = [
    rows !== undefined && columns !== undefined
      ? trans.__('%1 × %2', formatCount(rows), formatCount(columns))
      : shortDigest(digest)
  ];
  if (data.role !== 'made' && readers.count > 0) {
    const count = formatCount(readers.count);
    parts.push(
      readers.is_exact
        ? trans._n('%2 other run read it', '%2 other runs read it', readers.count, count)
        : trans.__('%1 other runs or more read it', count)
    );
  }
  return parts.join(' · ');
}

function addResults(draft: IDraft, lineage: Lineage, trans: TranslationBundle): void {
  const from = addModels(draft, lineage);
  for (const made of lineage.versions) {
    const { name, version } = made;
    const id = `version ${name} ${version}`;
    const title = trans.__('%1, version %2', name, version);
    const note = standingWords(made) || trans.__('registered');
    const opens = { version: versionKey(made) };
    draft.after.push({ id, kind: 'version', title, note, opens });
    draft.lines.push([from, id]);
  }
  for (const { id: definitionId, name, revisions } of lineage.definitions) {
    const id = `definition ${definitionId}`;
    const note = trans._n(
      'job definition, revision %2',
      'job definition, revisions %2',
      revisions.length,
      revisions.join(', ')
    );
    draft.after.push({ id, kind: 'definition', title: name, note, opens: { definitionId } });
    draft.lines.push([OWN, id]);
  }
  const groups: [INode[], INode[]][] = [
    [draft.made, runNodes(lineage.children, 'children', trans.__('child run'), trans)],
    [draft.after, runNodes(lineage.job_runs, 'jobs', trans.__('run of a job'), trans)]
  ];
  for (const [column, nodes] of groups) {
    for (const node of nodes) {
      draft.lines.push([OWN, put(column, node)]);
    }
  }
  addProofs(draft, lineage, trans);
}

/** Adds the models; returns the box that their versions came from. */
function addModels(draft: IDraft, { models }: Lineage): string {
  models.forEach(({ name, class_name: type }, index) => {
    const id = `model ${index}`;
    const note = type.slice(type.lastIndexOf('.') + 1);
    draft.made.push({ id, kind: 'model', title: name, note, opens: { section: 'models' } });
    draft.lines.push([OWN, id]);
  });
  return models.length === 1 ? 'model 0' : OWN;
}

function addProofs(draft: IDraft, lineage: Lineage, trans: TranslationBundle): void {
  const words = {
    running: trans.__('goes on'),
    agrees: trans.__('agrees'),
    differs: trans.__('differs'),
    failed: trans.__('failed')
  };
  for (const { id: proof, state } of lineage.reproductions) {
    const id = `proof ${proof}`;
    const title = trans.__('Reproduction %1', shortId(proof));
    const opens = { section: 'reproductions' };
    draft.after.push({ id, kind: 'proof', title, note: words[state], opens });
    draft.lines.push([OWN, id]);
  }
}
