/** Owns the schedule part of the form: presets, cron, timezone, and when it would fire. */
import * as React from 'react';

import { formatUntil, formatZoned } from '../components/format';
import { useTrans } from '../components/hooks';
import type { PromoteModel } from './model';
import { knownZones, presetWords, type Preset } from './schedule';

export function ScheduleFields({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const isScheduled = model.preset !== 'none';
  return (
    <fieldset className="jp-MlopsLab-fieldset">
      <legend>{trans.__('Schedule')}</legend>
      <div className="jp-MlopsLab-scheduleRow">
        <select
          className="jp-mod-styled"
          value={model.preset}
          aria-label={trans.__('When the job runs')}
          onChange={event => (model.preset = event.target.value as Preset)}
        >
          {presetWords(trans).map(([preset, words]) => (
            <option key={preset} value={preset}>
              {words}
            </option>
          ))}
        </select>
        {isScheduled && <TimeFields model={model} />}
      </div>
      {isScheduled && <Preview model={model} />}
    </fieldset>
  );
}

function TimeFields({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const zones = React.useMemo(knownZones, []);
  const fields = trans.__('Cron: minute, hour, day of month, month, weekday');
  return (
    <>
      <input
        className="jp-mod-styled jp-MlopsLab-mono"
        value={model.cron}
        aria-label={fields}
        title={fields}
        aria-invalid={model.previewError !== null}
        aria-describedby="jp-MlopsLab-cron-preview"
        spellCheck={false}
        onChange={event => (model.cron = event.target.value)}
      />
      <input
        className="jp-mod-styled"
        value={model.timezone}
        list="jp-MlopsLab-zones"
        aria-label={trans.__('Timezone')}
        title={trans.__('Timezone, such as Europe/Berlin')}
        spellCheck={false}
        onChange={event => (model.timezone = event.target.value)}
      />
      <datalist id="jp-MlopsLab-zones">
        {zones.map(zone => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

/** Three lines are kept free for it, so that the form does not jump. */
function Preview({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const { preview, previewError } = model;
  // It is read aloud: that a minute went by does not have it read again.
  const now = React.useMemo(() => Date.now(), [preview]);
  const isWrong = preview === null && previewError !== null;
  return (
    <div id="jp-MlopsLab-cron-preview" className="jp-MlopsLab-cronPreview" aria-live="polite">
      {isWrong && (
        <div className="jp-MlopsLab-fieldError">
          <div>{previewError.message}</div>
          <div>{previewError.hint}</div>
        </div>
      )}
      {preview && (
        <>
          <div>{preview.description}</div>
          <ol className="jp-MlopsLab-note">
            {preview.next_fire_at.map(at => (
              <li key={at}>
                {trans.__(
                  '%1 (%2)',
                  formatZoned(at, preview.timezone),
                  formatUntil(at, now, trans)
                )}
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
