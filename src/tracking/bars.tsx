/** Owns the bars around the list: its heading, what is shown and how to leave it, what can be done. */
import * as React from 'react';

import { CommandIds } from '../commands';
import { Button } from '../components/feedback';
import { baseName, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { compareIcon, productionizeIcon } from '../icons';
import { ColumnPicker } from './columnPicker';
import { titleOf } from './columns';
import type { Desk, Following } from './desk';
import { kindOfOrder, MAX_GROUPS, partsOfOrder } from './listView';
import type { RunsModel } from './model';
import { DENSITIES, type Preferences } from './preferences';
import type { IRunTools } from './runTools';
import { NOTHING } from './selection';
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

/**
 * One line for what is shown, and, while runs are selected, for what can be done with them: the list
 * below keeps its place.
 */
export function ActionBar(
  props: IBarProps & { following: Following; canFollow: boolean }
): React.JSX.Element {
  const { model, tools } = props;
  const isSelected = model.selection.ids.length > 0;
  return (
    <>
      <div className={`jp-MlopsLab-actions ${isSelected ? 'jp-mod-selected' : ''}`}>
        <Scope {...props} />
        {isSelected && <Actions model={model} tools={tools} />}
      </div>
      <ShownBar model={model} tools={tools} />
      <SortBar model={model} tools={tools} />
      {model.isCut && <CutBar />}
    </>
  );
}

/** One click to the runs of the active notebook or cell. */
function Scope(props: {
  tools: IRunTools;
  following: Following;
  canFollow: boolean;
}): React.JSX.Element {
  const trans = useTrans();
  const { tools, following, canFollow } = props;
  const closed = trans.__('Open a notebook to see only its runs');
  return (
    <div className="jp-MlopsLab-scope" role="group" aria-label={trans.__('Which runs are shown')}>
      <Button
        className="jp-mod-small"
        pressed={following === 'notebook'}
        disabled={!canFollow}
        title={canFollow ? trans.__('Show only runs of the notebook that is active') : closed}
        onClick={() => tools.run(CommandIds.showNotebookRuns, { isOn: following !== 'notebook' })}
      >
        {trans.__('This notebook')}
      </Button>
      <Button
        className="jp-mod-small"
        pressed={following === 'cell'}
        disabled={!canFollow}
        title={
          canFollow ? trans.__('Show only runs of the cell in which the cursor stands') : closed
        }
        onClick={() => tools.run(CommandIds.showCellRuns, { isOn: following !== 'cell' })}
      >
        {trans.__('This cell')}
      </Button>
    </div>
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

/** By what the list is sorted, where it is not the newest first. */
function SortBar({ model, tools }: Pick<IBarProps, 'model' | 'tools'>): React.JSX.Element | null {
  const trans = useTrans();
  const { order } = model.view;
  if (order === '') {
    return null;
  }
  const [column, isDescending] = partsOfOrder(order);
  const title = column === 'name' ? trans.__('Name') : titleOf(column, trans);
  const words = {
    number: [
      trans.__('Sorted by %1, lowest first', title),
      trans.__('Sorted by %1, highest first', title)
    ],
    time: [
      trans.__('Sorted by %1, oldest first', title),
      trans.__('Sorted by %1, newest first', title)
    ],
    text: [trans.__('Sorted by %1, A to Z', title), trans.__('Sorted by %1, Z to A', title)]
  }[kindOfOrder(column)][isDescending ? 1 : 0];
  return (
    <div className="jp-MlopsLab-shownBar jp-mod-sort" role="status">
      <span title={words}>{words}</span>
      <SignButton
        sign="close"
        title={trans.__('Newest first again')}
        onClick={() => tools.sort('')}
      />
    </div>
  );
}

/** Very many groups are not all shown. */
function CutBar(): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-shownBar" role="status">
      {trans.__(
        'Only the %1 groups with the newest runs are shown. Filter to see others.',
        formatCount(MAX_GROUPS)
      )}
    </div>
  );
}

/** Most runs that the server compares. */
const MAX_COMPARED = 200;

/** What can be done with the selected runs; a word gives way to its picture where it has no room. */
function Actions({ model, tools }: Pick<IBarProps, 'model' | 'tools'>): React.JSX.Element {
  const trans = useTrans();
  const count = model.selection.ids.length;
  const isTooMany = count > MAX_COMPARED;
  return (
    <div className="jp-MlopsLab-selection" role="toolbar" aria-label={trans.__('Selected runs')}>
      {count === 1 ? (
        <Button
          title={trans.__('Open the selected run')}
          onClick={() => tools.run(CommandIds.openRun)}
        >
          {trans.__('Open')}
        </Button>
      ) : (
        <Button
          kind="primary"
          className="jp-mod-fitting"
          disabled={isTooMany}
          title={
            isTooMany
              ? trans.__('At most %1 runs can be compared', formatCount(MAX_COMPARED))
              : trans.__('Compare the selected runs')
          }
          onClick={() => tools.run(CommandIds.compareRuns)}
        >
          <compareIcon.react tag="span" className="jp-MlopsLab-buttonIcon" />
          <span>{trans.__('Compare %1', formatCount(count))}</span>
        </Button>
      )}
      <Further model={model} tools={tools} />
      <SignButton
        sign="more"
        title={trans.__('More that can be done with the selected runs')}
        onClick={button => tools.showMenu('more', button)}
      />
      <SignButton
        sign="close"
        className="jp-MlopsLab-selection-end"
        title={trans.__('Select nothing')}
        onClick={() => model.select(NOTHING)}
      />
    </div>
  );
}

/** The way of one run into production; in the trash the way out of it. */
function Further({ model, tools }: Pick<IBarProps, 'model' | 'tools'>): React.JSX.Element | null {
  const trans = useTrans();
  const { selected } = model;
  if (model.shown.shelf === 'trash') {
    return (
      <Button
        title={trans.__('Take the selected runs out of the trash')}
        onClick={() => tools.run(CommandIds.restoreRun)}
      >
        {trans.__('Restore')}
      </Button>
    );
  }
  if (model.selection.ids.length > 1) {
    return null;
  }
  const isOfJob = selected.some(run => run.job !== null);
  return (
    <Button
      className="jp-mod-fitting"
      disabled={isOfJob}
      title={
        isOfJob
          ? trans.__('A run of a job is in production already')
          : trans.__('Make a scheduled job of the notebook of this run')
      }
      onClick={() => tools.run(CommandIds.promoteRun)}
    >
      <productionizeIcon.react tag="span" className="jp-MlopsLab-buttonIcon" />
      <span>{trans.__('Productionize')}</span>
    </Button>
  );
}
