/** Owns which sections a run's page has, in which order, and which of them are open. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Run, RunCapture } from '../api/types';
import { formatCount } from '../components/format';
import { Audit } from './audit';
import { Charts } from './charts';
import { Code, EarlierCells } from './code';
import { Data } from './data';
import { NOTE_TAG } from './edits';
import { EnvironmentFacts } from './environment';
import { Files } from './files';
import type { IFolds } from './folds';
import { Git } from './git';
import { Hardware } from './hardware';
import { LineageSection } from './lineage';
import { Metrics } from './metrics';
import type { RunModel } from './model';
import { Models } from './models';
import { Note } from './note';
import { OrderReport } from './order';
import { RunOutputs } from './outputs';
import { Params } from './params';
import { Reproductions } from './reproductions';
import { TrialsTable } from './trialsTable';

/** What the parts of a page draw, and what they can do. */
export interface IPageProps {
  model: RunModel;
  commands: CommandRegistry;
  rendermime: IRenderMimeRegistry | null;
  folds: IFolds;
  onReveal: (section: string) => void;
}

export interface ISection {
  name: string;
  title: string;
  note?: string;
  isOpen: boolean;
  content: React.JSX.Element;
  /** Stands beside its partner where the page is wide. */
  isHalf?: boolean;
  /** Belongs to the first glance: charts beside metrics and parameters. */
  isGlance?: boolean;
}

interface ISource extends IPageProps {
  run: Run;
  trans: TranslationBundle;
}

/** A section with how many things it holds; null where it holds none. */
function counted(count: number, section: Omit<ISection, 'note'>): ISection | null {
  return count > 0 ? { ...section, note: formatCount(count) } : null;
}

/** Sections that stand side by side where the page is wide and both have something to show. */
const PAIRS = [
  ['metrics', 'params'],
  ['code', 'outputs'],
  ['environment', 'git'],
  ['notes', 'audit']
];

/** What is seen at once; the charts leave it when all of them are shown. */
const GLANCE = new Set(['charts', 'metrics', 'params']);

/** The sections that have something to show. */
export function makeSections(source: ISource): ISection[] {
  const { capture } = source.model;
  const sections = [
    ...aboutNumbers(source),
    ...(capture ? aboutInputs(source, capture) : []),
    ...aboutCode(source),
    ...(capture ? aboutResults(source, capture) : []),
    ...aboutProof(source),
    ...(capture ? aboutPlace(source, capture) : []),
    ...aboutPeople(source)
  ].filter(section => section !== null);
  const names = new Set(sections.map(({ name }) => name));
  const halves = new Set(PAIRS.filter(pair => pair.every(name => names.has(name))).flat());
  const hasGlance = names.has('charts') && !source.model.hasAllCharts;
  return sections.map(section => ({
    ...section,
    isHalf: halves.has(section.name),
    isGlance: hasGlance && GLANCE.has(section.name)
  }));
}

function aboutNumbers({ model, run, trans, commands }: ISource): (ISection | null)[] {
  return [
    counted(model.curves, {
      name: 'charts',
      title: trans.__('Charts'),
      isOpen: true,
      content: <Charts model={model} commands={commands} />
    }),
    {
      name: 'metrics',
      title: trans.__('Metrics'),
      note: formatCount(model.metrics.length),
      isOpen: true,
      content: <Metrics model={model} primary={run.summary.primary_metric?.name} />
    },
    {
      name: 'params',
      title: trans.__('Parameters'),
      note: formatCount(run.params.length),
      isOpen: true,
      content: <Params params={run.params} />
    },
    counted(run.summary.children, {
      name: 'children',
      title: trans.__('Child runs'),
      isOpen: true,
      content: <TrialsTable model={model} direction={run.summary.direction} commands={commands} />
    })
  ];
}

function aboutInputs(
  { model, trans }: ISource,
  { data, models, artifacts }: RunCapture
): (ISection | null)[] {
  return [
    counted(data.length, {
      name: 'data',
      title: trans.__('Data'),
      isOpen: true,
      content: <Data versions={data} />
    }),
    counted(models.length, {
      name: 'models',
      title: trans.__('Models'),
      isOpen: true,
      content: <Models models={models} artifacts={artifacts} model={model} />
    })
  ];
}

function aboutCode({ model, run, trans, rendermime }: ISource): (ISection | null)[] {
  const outputs = model.capture?.outputs;
  return [
    counted(run.cells.length, {
      name: 'code',
      title: trans.__('Code'),
      isOpen: true,
      content: <Code cells={run.cells} />
    }),
    outputs
      ? counted(outputs.outputs.length + outputs.dropped, {
          name: 'outputs',
          title: trans.__('Outputs'),
          isOpen: true,
          content: <RunOutputs outputs={outputs} rendermime={rendermime} />
        })
      : null
  ];
}

function aboutResults(
  { model, trans, rendermime, commands, onReveal }: ISource,
  { artifacts }: RunCapture
): (ISection | null)[] {
  return [
    counted(artifacts.length, {
      name: 'files',
      title: trans.__('Files'),
      isOpen: true,
      content: <Files artifacts={artifacts} model={model} rendermime={rendermime} />
    }),
    {
      name: 'lineage',
      title: trans.__('Lineage'),
      isOpen: true,
      content: <LineageSection model={model} commands={commands} onReveal={onReveal} />
    }
  ];
}

function aboutProof({ model, run, trans, commands }: ISource): (ISection | null)[] {
  const { capture } = model;
  const { order, history = [] } = capture ?? {};
  return [
    order
      ? {
          name: 'order',
          title: trans.__('Order of cells'),
          isOpen: run.summary.has_order_problems,
          content: <OrderReport order={order} history={history} run={run} commands={commands} />
        }
      : null,
    counted(history.length, {
      name: 'history',
      title:
        run.summary.source === 'job'
          ? trans.__('Executed cells')
          : trans.__('Earlier cells of the kernel'),
      isOpen: false,
      content: (
        <EarlierCells history={history} order={order ?? null} run={run} commands={commands} />
      )
    }),
    capture && {
      name: 'reproductions',
      title: trans.__('Reproduction'),
      note:
        capture.reproductions.length > 0 ? formatCount(capture.reproductions.length) : undefined,
      isOpen: capture.reproductions.length > 0,
      content: <Reproductions model={model} reproductions={capture.reproductions} />
    }
  ];
}

function aboutPlace(
  { model, trans, commands }: ISource,
  { environment, git, resources }: RunCapture
): (ISection | null)[] {
  return [
    environment && {
      name: 'environment',
      title: trans.__('Environment'),
      note: `Python ${environment.python}`,
      isOpen: false,
      content: <EnvironmentFacts environment={environment} model={model} />
    },
    git && {
      name: 'git',
      title: trans.__('Git'),
      note: [git.branch, git.dirty ? trans.__('changed') : ''].filter(Boolean).join(', '),
      isOpen: false,
      content: <Git git={git} />
    },
    resources || model.hardware.length > 0
      ? {
          name: 'hardware',
          title: trans.__('Hardware'),
          isOpen: false,
          content: <Hardware resources={resources} series={model.hardware} commands={commands} />
        }
      : null
  ];
}

function aboutPeople({ model, run, trans, rendermime }: ISource): ISection[] {
  const text = run.tags.find(tag => tag.name === NOTE_TAG)?.value ?? '';
  return [
    {
      name: 'notes',
      title: trans.__('Note'),
      isOpen: true,
      content: <Note text={text} edits={model.edits} rendermime={rendermime} />
    },
    {
      name: 'audit',
      title: trans.__('Audit'),
      isOpen: true,
      content: <Audit run={run} edits={model.edits} />
    }
  ];
}
