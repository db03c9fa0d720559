/** Owns the read-only drive in which the notebooks of jobs and revisions are opened. */
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LabClient } from '../api/client';
import { JOBS_DRIVE } from '../commands';
import { baseName } from '../components/format';

export type NotebookClient = Pick<LabClient, 'getJobNotebook' | 'getRevisionNotebook'>;

/** The path under which the notebook of a job opens; its last part is what the tab shows. */
export function jobPath(jobId: string, title: string): string {
  return `${JOBS_DRIVE}:jobs/${jobId}/${fileName(title)}`;
}

/** The path under which the notebook of a revision opens. */
export function revisionPath(definitionId: string, number: number, title: string): string {
  return `${JOBS_DRIVE}:revisions/${definitionId}/${number}/${fileName(title)}`;
}

function fileName(title: string): string {
  return `${title.replace(/[/:\\]/g, '_')}.ipynb`;
}

/** Notebooks of jobs as they were executed, and of revisions as they will be; nothing is written. */
export class JobsDrive implements Contents.IDrive {
  constructor(options: {
    client: NotebookClient;
    serverSettings: ServerConnection.ISettings;
    trans: TranslationBundle;
  }) {
    this._client = options.client;
    this._trans = options.trans;
    this.serverSettings = options.serverSettings;
  }

  readonly name = JOBS_DRIVE;
  readonly serverSettings: ServerConnection.ISettings;

  get fileChanged(): ISignal<Contents.IDrive, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async get(path: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    const [kind, id, third] = path.split('/');
    if (kind === 'jobs' && id && third) {
      return this._model(path, options, () => this._client.getJobNotebook(id));
    }
    if (kind === 'revisions' && id && third) {
      return this._model(path, options, () => this._client.getRevisionNotebook(id, Number(third)));
    }
    return { ...entry(path, 'directory'), format: 'json', content: [] };
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  getDownloadUrl(): Promise<string> {
    return this._refuse();
  }

  newUntitled(): Promise<Contents.IModel> {
    return this._refuse();
  }

  delete(): Promise<void> {
    return this._refuse();
  }

  rename(): Promise<Contents.IModel> {
    return this._refuse();
  }

  save(): Promise<Contents.IModel> {
    return this._refuse();
  }

  copy(): Promise<Contents.IModel> {
    return this._refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return this._refuse();
  }

  restoreCheckpoint(): Promise<void> {
    return this._refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return this._refuse();
  }

  private async _model(
    path: string,
    options: Contents.IFetchOptions | undefined,
    read: () => Promise<unknown>
  ): Promise<Contents.IModel> {
    const model = entry(path, 'notebook');
    return options?.content === false ? model : { ...model, format: 'json', content: await read() };
  }

  private _refuse<T>(): Promise<T> {
    return Promise.reject(
      new Error(
        this._trans.__('The notebooks of jobs are read-only. Use “Save Notebook As…” for a copy.')
      )
    );
  }

  private readonly _client: NotebookClient;
  private readonly _fileChanged = new Signal<Contents.IDrive, Contents.IChangedArgs>(this);
  private readonly _trans: TranslationBundle;
  private _isDisposed = false;
}

const EPOCH = new Date(0).toISOString();

function entry(path: string, type: 'notebook' | 'directory'): Contents.IModel {
  return {
    name: baseName(path),
    path,
    type,
    writable: false,
    created: EPOCH,
    last_modified: EPOCH,
    mimetype: '',
    content: null,
    format: null
  };
}
