/** Owns the form that registers the model of a run, and says what came of it. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { ArtifactRef, ModelInfo, ModelVersion } from '../api/types';
import { CopyButton } from '../components/copy';
import { Button, ErrorPanel } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { RunEdits } from './edits';
import { closeOnEscape } from './keys';
import { useOffered } from './offered';

/** The names of the models whose files a run has; those that MLflow logged are folders. */
export function registrable(
  models: readonly ModelInfo[],
  artifacts: readonly ArtifactRef[]
): string[] {
  const stored = models.filter(model => model.artifact !== null).map(model => model.name);
  const logged = artifacts
    .filter(file => file.path.endsWith('/MLmodel'))
    .map(file => file.path.slice(0, -'/MLmodel'.length));
  return [...new Set([...stored, ...logged])];
}

interface IFields {
  part: string;
  model: string;
  alias: string;
  description: string;
}

const EMPTY: IFields = { part: '', model: '', alias: '', description: '' };

export function RegisterForm(props: {
  parts: readonly string[];
  edits: RunEdits;
  onClose: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { parts, edits, onClose } = props;
  const [fields, setFields] = React.useState<IFields>({ ...EMPTY, part: parts[0] ?? '' });
  const [state, setState] = React.useState<{ error?: ApiError; made?: ModelVersion }>({});
  const [isBusy, setIsBusy] = React.useState(false);
  const model = fields.model.trim();
  const alias = fields.alias.trim();
  const submit = async (): Promise<void> => {
    setIsBusy(true);
    try {
      setState({ made: await edits.register({ ...fields, model, alias }) });
    } catch (failure) {
      setState({ error: asApiError(failure) });
    }
    setIsBusy(false);
  };
  if (state.made) {
    return <Registered version={state.made} alias={alias} onClose={onClose} />;
  }
  return (
    <form
      className="jp-MlopsLab-form"
      aria-label={trans.__('Register the model')}
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={event => closeOnEscape(event, onClose)}
    >
      <Fields parts={parts} fields={fields} edits={edits} onChange={setFields} />
      {state.error && <ErrorPanel error={state.error} />}
      <div className="jp-MlopsLab-tools">
        <button
          type="submit"
          className="jp-MlopsLab-button jp-mod-primary"
          disabled={!model || isBusy}
        >
          {trans.__('Register')}
        </button>
        <Button onClick={onClose}>{trans.__('Cancel')}</Button>
      </div>
    </form>
  );
}

function Fields(props: {
  parts: readonly string[];
  fields: IFields;
  edits: RunEdits;
  onChange: (fields: IFields) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { parts, fields, edits, onChange } = props;
  const { part, model, alias, description } = fields;
  return (
    <div className="jp-MlopsLab-form-fields">
      {parts.length > 1 && (
        <Field label={trans.__('Model of this run')}>
          <select
            className="jp-mod-styled"
            value={part}
            onChange={event => onChange({ ...fields, part: event.target.value })}
          >
            {parts.map(one => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </Field>
      )}
      <NameOfModel
        model={model}
        edits={edits}
        onChange={name => onChange({ ...fields, model: name })}
      />
      <Field label={trans.__('Alias, such as champion (optional)')}>
        <input
          className="jp-mod-styled"
          value={alias}
          spellCheck={false}
          onChange={event => onChange({ ...fields, alias: event.target.value })}
        />
      </Field>
      <Field label={trans.__('What is new in it (optional)')}>
        <input
          className="jp-mod-styled"
          value={description}
          onChange={event => onChange({ ...fields, description: event.target.value })}
        />
      </Field>
    </div>
  );
}

function Field(props: { label: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <label>
      <span className="jp-MlopsLab-note">{props.label}</span>
      {props.children}
    </label>
  );
}

function NameOfModel(props: {
  model: string;
  edits: RunEdits;
  onChange: (model: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { model, edits, onChange } = props;
  const list = React.useId();
  const offered = useOffered(model, async (text, signal) =>
    (await edits.offerModels(text, signal)).map(one => one.name)
  );
  return (
    <Field label={trans.__('Registered model; a new name makes a new one')}>
      <input
        className="jp-mod-styled"
        value={model}
        autoFocus
        required
        list={list}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={list}>
        {offered.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </Field>
  );
}

function Registered(props: {
  version: ModelVersion;
  alias: string;
  onClose: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { version, alias, onClose } = props;
  const { name, version: number } = version;
  const address = alias ? `models:/${name}@${alias}` : `models:/${name}/${number}`;
  return (
    <div className="jp-MlopsLab-form" role="status">
      <p>
        {alias
          ? trans.__('It is version %1 of “%2”, and “%3” points at it.', number, name, alias)
          : trans.__('It is version %1 of “%2”.', number, name)}{' '}
        {trans.__('Load it by this address:')} <code>{address}</code>
      </p>
      <div className="jp-MlopsLab-tools">
        <CopyButton text={address}>{trans.__('Copy address')}</CopyButton>
        <CopyButton text={`import mlops_lab as lab\n\nmodel = lab.load_model('${address}')\n`}>
          {trans.__('Copy code that loads it')}
        </CopyButton>
        <Button className="jp-mod-small" onClick={onClose}>
          {trans.__('Close')}
        </Button>
      </div>
    </div>
  );
}
