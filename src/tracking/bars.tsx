/** Owns the bars around the list: its heading, what is shown and how to leave it, what can be done. */
import * as React from 'react';

import { CommandIds } from '../commands';
import { Button } from '../components/feedback';
import { baseName, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import type { Desk } from './desk';
import { ColumnPicker } from './columnPicker';
import type { RunsModel } from './model';
import { DENSITIES, type Preferences } from './preferences';
import type { IRunTools } from './runTools';
import { SignButton } from './signs';

interface IBarProps {
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  tools: IRunTools;
}

/** What the list is, how long it is, and how it is drawn. */
export function Heading({ model, desk, preferences, tools }: IBarProps): React.JSX.Element {
  const trans = useTrans();
  const { density } = preferences.list;
  const next = DENSITIES[(DENSITIES.indexOf(density) + 1) % DENSITIES.length] ?? 'normal';
  const densities = {
    compact: trans.__('Rows of one line; click for two'),
    normal: trans.__('Rows of two lines; click for three'),
    roomy: trans.__('Rows of three lines; click for one')
  };
  const titles = {
    runs: trans.__('Runs'),
    archived: trans.__('Archived runs'),
    trash: trans.__('Trash')
  };
  return (
    <div className="jp-MlopsLab-panel-header">
      <h2>{titles[model.view.shelf]}</h2>
      <Total model={model} />
      <SignButton
        sign={density}
        title={densities[density]}
        onClick={() => tools.run(CommandIds.setDensity, { density: next })}
      />
      <SignButton
        sign="columns"
        title={trans.__('Choose columns')}
        isOpen={desk.isChoosingColumns}
        onClick={() => desk.chooseColumns(!desk.isChoosingColumns)}
      />
      <SignButton
        sign="menu"
        title={trans.__('Group, sort, archive, trash and jobs')}
        onClick={button => tools.showMenu('view', button)}
      />
      {desk.isChoosingColumns && (
        <ColumnPicker
          preferences={preferences}
          tools={tools}
          onClose={() => desk.chooseColumns(false)}
        />
      )}
    </div>
  );
}

function Total({ model }: { model: RunsModel }): React.JSX.Element {
  const trans = useTrans();
  const total = model.total ?? 0;
  const number = formatCount(total);
  const words = model.isTotalExact
    ? trans._n('%2 run', '%2 runs', total, number)
    : trans.__('more than %1 runs', number);
  return (
    <span className="jp-MlopsLab-note jp-MlopsLab-number" aria-live="polite">
      {total > 0 && words}
    </span>
  );
}

/** One click to the runs of the active notebook or cell, and words for what is left out. */
export function ScopeBar(
  props: IBarProps & { following: string; canFollow: boolean }
): React.JSX.Element {
  const trans = useTrans();
  const { model, tools, following, canFollow } = props;
  const toggle = (kind: 'notebook' | 'cell', command: string): (() => void) => {
    const isOn = following !== kind;
    return () => tools.run(command, { isOn });
  };
  return (
    <>
      <div className="jp-MlopsLab-scope" role="group" aria-label={trans.__('Which runs are shown')}>
        <Button
          className="jp-mod-small"
          pressed={following === 'notebook'}
          disabled={!canFollow}
          title={trans.__('Show only runs of the notebook that is active')}
          onClick={toggle('notebook', CommandIds.showNotebookRuns)}
        >
          {trans.__('This notebook')}
        </Button>
        <Button
          className="jp-mod-small"
          pressed={following === 'cell'}
          disabled={!canFollow}
          title={trans.__('Show only runs of the cell that is active')}
          onClick={toggle('cell', CommandIds.showCellRuns)}
        >
          {trans.__('This cell')}
        </Button>
      </div>
      <ShownBar model={model} tools={tools} />
    </>
  );
}

/** What is left out of the list, and how to see it again. */
function ShownBar({ model, tools }: Pick<IBarProps, 'model' | 'tools'>): React.JSX.Element | null {
  const trans = useTrans();
  const { scope, shelf } = model.view;
  if (scope === null && shelf === 'runs') {
    return null;
  }
  const words =
    shelf === 'trash' ? trans.__('Runs in the trash') : trans.__('Runs that were archived');
  const scoped =
    scope?.cellId === null
      ? trans.__('Only runs of %1', baseName(scope.path))
      : trans.__('Only runs of the active cell of %1', baseName(scope?.path ?? ''));
  return (
    <div className="jp-MlopsLab-shownBar" role="status">
      <span title={scope?.path}>{scope === null ? words : scoped}</span>
      <button
        type="button"
        className="jp-MlopsLab-link"
        onClick={() => {
          tools.run(CommandIds.showNotebookRuns, { isOn: false });
          tools.run(CommandIds.browseRuns, { shelf: 'runs' });
        }}
      >
        {trans.__('Show all runs')}
      </button>
    </div>
  );
}

/** What can be done with the selected runs. */
export function SelectionBar({ model, tools }: IBarProps): React.JSX.Element {
  const trans = useTrans();
  const count = model.selection.ids.length;
  return (
    <div className="jp-MlopsLab-actions" role="toolbar" aria-label={trans.__('Selected runs')}>
      <Button
        disabled={count !== 1}
        title={trans.__('Open the selected run')}
        onClick={() => tools.run(CommandIds.openRun)}
      >
        {trans.__('Open')}
      </Button>
      <Button
        kind={count > 1 ? 'primary' : 'plain'}
        disabled={count < 2}
        title={trans.__('Select two or more runs to compare them')}
        onClick={() => tools.run(CommandIds.compareRuns)}
      >
        {count > 1 ? trans.__('Compare %1', count) : trans.__('Compare')}
      </Button>
      <Further model={model} tools={tools} />
      <SignButton
        sign="more"
        title={trans.__('More that can be done with the selected runs')}
        onClick={button => tools.showMenu('more', button)}
      />
    </div>
  );
}

/** The way into production; in the trash the way out of it. */
function Further({ model, tools }: Pick<IBarProps, 'model' | 'tools'>): React.JSX.Element {
  const trans = useTrans();
  const count = model.selection.ids.length;
  const isOfJob = model.selected.some(run => run.job !== null);
  if (model.shown.shelf === 'trash') {
    return (
      <Button
        disabled={count === 0}
        title={trans.__('Take the selected runs out of the trash')}
        onClick={() => tools.run(CommandIds.restoreRun)}
      >
        {trans.__('Restore')}
      </Button>
    );
  }
  return (
    <Button
      disabled={count !== 1 || isOfJob}
      title={
        isOfJob
          ? trans.__('A run of a job is in production already')
          : trans.__('Select one run to make a scheduled job of its notebook')
      }
      onClick={() => tools.run(CommandIds.promoteRun)}
    >
      {trans.__('Productionize')}
    </Button>
  );
}
