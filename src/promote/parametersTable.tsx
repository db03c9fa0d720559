/** Owns the table of proposed parameters: which ones, their types and values. */
import * as React from 'react';

import { CodeBlock } from '../components/code';
import { useTrans } from '../components/hooks';
import { toPython } from '../components/python';
import type { IRow, PromoteModel } from './model';
import { reasonWords } from './reasons';

export function ParametersTable({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  if (model.rows.length === 0) {
    return (
      <fieldset className="jp-MlopsLab-fieldset">
        <legend>{trans.__('Parameters')}</legend>
        <p className="jp-MlopsLab-note">
          {trans.__(
            'None found. Give a variable a plain value at the top level of a cell, such as “rate = 0.1”, to make it a parameter.'
          )}
        </p>
      </fieldset>
    );
  }
  return (
    <fieldset className="jp-MlopsLab-fieldset">
      <legend>{trans.__('Parameters')}</legend>
      <table className="jp-MlopsLab-table jp-MlopsLab-parameters">
        <thead>
          <tr>
            <th scope="col">
              <span className="jp-MlopsLab-hiddenText">{trans.__('Use')}</span>
            </th>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{trans.__('Type')}</th>
            <th scope="col">{trans.__('Value')}</th>
          </tr>
        </thead>
        <Rows rows={model.rows.filter(row => row.proposed.chosen)} model={model} />
        <Rows
          rows={model.rows.filter(row => !row.proposed.chosen)}
          model={model}
          title={trans.__('Other constants, which stay in the code')}
        />
      </table>
    </fieldset>
  );
}

/** Rows of one kind; a row keeps its place when it is chosen or not. */
function Rows(props: {
  rows: readonly IRow[];
  model: PromoteModel;
  title?: string;
}): React.JSX.Element | null {
  const { rows, model, title } = props;
  if (rows.length === 0) {
    return null;
  }
  return (
    <tbody>
      {title && (
        <tr className="jp-MlopsLab-parameters-group">
          <th scope="rowgroup" colSpan={4} className="jp-MlopsLab-note">
            {title}
          </th>
        </tr>
      )}
      {rows.map(row => (
        <ParameterRow key={row.proposed.name} row={row} model={model} />
      ))}
    </tbody>
  );
}

/** The values as they will stand in the notebook of the job. */
export function ParametersCell({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const title = trans.__('Parameters cell of the job');
  return (
    <fieldset className="jp-MlopsLab-fieldset">
      <legend>{title}</legend>
      <CodeBlock
        source={model.parametersCell || trans.__('# no parameters')}
        label={title}
        isPython
      />
    </fieldset>
  );
}

function ParameterRow({ row, model }: { row: IRow; model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const { name } = row.proposed;
  const reason = reasonWords(row.proposed, trans);
  const inputId = `jp-MlopsLab-parameter-${name}`;
  return (
    <tr className={row.isChosen ? '' : 'jp-mod-off'}>
      <td>
        <input
          type="checkbox"
          checked={row.isChosen}
          aria-label={trans.__('Make %1 a parameter', name)}
          onChange={event => model.change(name, { isChosen: event.target.checked })}
        />
      </td>
      <td title={reason}>
        <label htmlFor={inputId}>
          <code>{name}</code>
        </label>
      </td>
      {row.isChosen ? (
        <>
          <td>
            <TypeField row={row} model={model} />
          </td>
          <td>
            <ValueField row={row} model={model} id={inputId} />
            {row.problem && (
              <div id={`${inputId}-problem`} className="jp-MlopsLab-fieldError" role="alert">
                {row.problem}
              </div>
            )}
          </td>
        </>
      ) : (
        <td colSpan={2}>
          <code id={inputId}>{toPython(row.proposed.value, row.type)}</code>
          <div className="jp-MlopsLab-note jp-MlopsLab-reason">{reason}</div>
        </td>
      )}
    </tr>
  );
}

/** Numbers may be taken for whole ones or not; every other type is what the value is. */
function TypeField({ row, model }: { row: IRow; model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  const { name, type } = row.proposed;
  if (type !== 'int' && type !== 'float') {
    return <code className="jp-MlopsLab-note">{row.type}</code>;
  }
  return (
    <select
      className="jp-mod-styled"
      value={row.type}
      aria-label={trans.__('Type of %1', name)}
      onChange={event => model.change(name, { type: event.target.value as 'int' | 'float' })}
    >
      {(['int', 'float'] as const).map(word => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
    </select>
  );
}

function ValueField(props: { row: IRow; model: PromoteModel; id: string }): React.JSX.Element {
  const { row, model, id } = props;
  const { name } = row.proposed;
  if (row.type === 'none') {
    return <code id={id}>{toPython(null)}</code>;
  }
  const change = (text: string): void => model.change(name, { text });
  if (row.type === 'bool') {
    return (
      <select
        id={id}
        className="jp-mod-styled"
        value={row.text}
        onChange={event => change(event.target.value)}
      >
        <option value="true">{toPython(true)}</option>
        <option value="false">{toPython(false)}</option>
      </select>
    );
  }
  return (
    <input
      id={id}
      className="jp-mod-styled jp-MlopsLab-mono"
      value={row.text}
      aria-invalid={row.problem !== ''}
      aria-describedby={`${id}-problem`}
      spellCheck={false}
      inputMode={row.type === 'int' || row.type === 'float' ? 'decimal' : 'text'}
      onChange={event => change(event.target.value)}
    />
  );
}
