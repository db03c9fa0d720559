/** Owns the plugin of the jobs column: the Jobs view, the notebooks of jobs, and their notices. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { ILab } from '../api/tokens';
import type { Job } from '../api/types';
import { CATEGORY, CommandIds } from '../commands';
import { ViewOpener } from '../components/openView';
import { jobsIcon } from '../icons';
import { JobsDrive } from './drive';
import { JobNotebooks } from './notebooks';
import type { JobsView } from './view';
import { JobWatcher, type Notices } from './watcher';

const SETTINGS_ID = 'mlops-lab:plugin';

export const jobsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:jobs',
  description: 'Shows job definitions and jobs, and opens their notebooks.',
  autoStart: true,
  requires: [ILab, IDocumentManager, INotebookTracker],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    documents: IDocumentManager,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null
  ): void => {
    const { contents, serverSettings } = app.serviceManager;
    contents.addDrive(new JobsDrive({ client: lab.client, serverSettings, trans: lab.trans }));
    const opener = new JobNotebooks({ app, lab, documents, notebooks });
    const watcher = watchJobs(app, lab, opener, settings);
    addView(app, lab, restorer);
    addSubmit(app, lab, watcher);
    addNotebooks(app, lab, opener);
    palette?.addItem({ command: CommandIds.openJobs, category: CATEGORY });
    launcher?.add({ command: CommandIds.openJobs, category: CATEGORY, rank: 1 });
  }
};

function addView(app: JupyterFrontEnd, lab: ILab, restorer: ILayoutRestorer | null): void {
  const { trans } = lab;
  const views = new ViewOpener<JobsView>({
    app,
    namespace: 'mlops-lab-jobs',
    type: 'MLOps Lab Jobs'
  });
  const title = {
    icon: jobsIcon,
    label: trans.__('Jobs'),
    caption: trans.__('Jobs (MLOps Lab)')
  };
  app.commands.addCommand(CommandIds.openJobs, {
    label: trans.__('Jobs'),
    caption: trans.__('Show job definitions, schedules and jobs'),
    icon: jobsIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          jobId: { type: 'string', description: trans.__('The job to unfold') },
          definitionId: { type: 'string', description: trans.__('The job definition to mark') }
        }
      }
    },
    execute: async args => {
      const widget = await views.open('mlops-lab-jobs', title, async () => {
        const [{ JobsModel }, { JobsView }] = await Promise.all([
          import('./model'),
          import('./view')
        ]);
        return new JobsView({ model: new JobsModel(lab), lab, commands: app.commands });
      });
      const { model } = widget.content;
      const { jobId, definitionId } = args;
      if (typeof definitionId === 'string') {
        await model.choose(definitionId);
      }
      if (typeof jobId === 'string') {
        await model.openJob(jobId);
      }
    }
  });
  views.restore(restorer, CommandIds.openJobs, () => ({}));
}

/** The value of a command's argument that is an id; empty when it is none, which no record has. */
function idOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function definitionArg({ trans }: ILab): ReadonlyJSONObject {
  return { type: 'string', description: trans.__('The id of the job definition') };
}

function addSubmit(app: JupyterFrontEnd, lab: ILab, watcher: JobWatcher): void {
  const { trans } = lab;
  app.commands.addCommand(CommandIds.submitJob, {
    label: trans.__('Run Job Now'),
    caption: trans.__('Run the newest revision of a job definition now'),
    icon: jobsIcon,
    isVisible: () => false,
    describedBy: {
      args: {
        type: 'object',
        required: ['definitionId'],
        properties: { definitionId: definitionArg(lab) }
      }
    },
    execute: async args => {
      try {
        const job = await lab.client.submitJob(idOf(args['definitionId']));
        watcher.watch(job.id);
        await app.commands.execute(CommandIds.openJobs, { jobId: job.id });
      } catch (error) {
        const { asApiError } = await import('../api/live');
        const { message, hint } = asApiError(error);
        Notification.error([message, hint].filter(Boolean).join(' '), { autoClose: false });
      }
    }
  });
}

function addNotebooks(app: JupyterFrontEnd, lab: ILab, opener: JobNotebooks): void {
  const { trans } = lab;
  app.commands.addCommand(CommandIds.openJobNotebook, {
    label: trans.__('Open Executed Notebook'),
    caption: trans.__('Open the notebook of a job as it was executed, read-only'),
    isVisible: () => false,
    describedBy: {
      args: {
        type: 'object',
        required: ['jobId'],
        properties: { jobId: { type: 'string', description: trans.__('The id of the job') } }
      }
    },
    execute: args => opener.openJob(idOf(args['jobId']))
  });
  app.commands.addCommand(CommandIds.openRevisionNotebook, {
    label: trans.__('Open Notebook of Revision'),
    caption: trans.__('Open the notebook that a revision runs, read-only'),
    isVisible: () => false,
    describedBy: {
      args: {
        type: 'object',
        required: ['definitionId', 'number'],
        properties: {
          definitionId: definitionArg(lab),
          number: { type: 'integer', description: trans.__('The number of the revision') }
        }
      }
    },
    execute: args => opener.openRevision(idOf(args['definitionId']), Number(args['number']))
  });
}

function watchJobs(
  app: JupyterFrontEnd,
  lab: ILab,
  opener: JobNotebooks,
  settings: ISettingRegistry | null
): JobWatcher {
  let notices: Notices = 'failed';
  settings
    ?.load(SETTINGS_ID)
    .then(loaded => {
      const read = (): void => {
        notices = loaded.get('jobNotices').composite as Notices;
      };
      loaded.changed.connect(read);
      read();
    })
    .catch((error: unknown) => console.warn('MLOps Lab settings could not be read.', error));
  return new JobWatcher({
    ...lab,
    notices: () => notices,
    onEnd: (job, isTold) => {
      void opener.refresh(job.id);
      if (isTold) {
        void tell(app, lab, job);
      }
    }
  });
}

async function tell(app: JupyterFrontEnd, { trans }: ILab, job: Job): Promise<void> {
  const { formatDuration } = await import('../components/format');
  const name = job.definition_name;
  const duration = formatDuration(
    (job.ended_at ?? 0) - (job.started_at ?? job.ended_at ?? 0),
    trans
  );
  const open = {
    label: trans.__('Open notebook'),
    callback: () => void app.commands.execute(CommandIds.openJobNotebook, { jobId: job.id })
  };
  const details = {
    label: trans.__('Details'),
    callback: () => void app.commands.execute(CommandIds.openJobs, { jobId: job.id })
  };
  if (job.state === 'succeeded') {
    Notification.success(trans.__('The job “%1” succeeded in %2.', name, duration), {
      autoClose: 8000,
      actions: [open, details]
    });
    return;
  }
  Notification.error(trans.__('The job “%1” did not succeed: %2', name, job.cause), {
    autoClose: false,
    actions: [details, open]
  });
}
