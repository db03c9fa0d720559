/** Owns the typed calls about production: promotion, definitions, schedules, jobs, and models. */
import type * as nbformat from '@jupyterlab/nbformat';

import { Calls } from './calls';
import type {
  CronPreview,
  Definition,
  Job,
  JobLog,
  JobState,
  ModelVersion,
  Promotion,
  PromotionDraft,
  RegisteredModel,
  Revision,
  Schedule
} from './types';

export interface IJobQuery {
  definition_id?: string;
  state?: JobState;
  limit?: number;
  cursor?: string | null;
}

/** What to promote: a tracked run, or a notebook as it is stored now. */
export type PromotionSource = { run_id: string } | { notebook_path: string };

export class ProductionCalls extends Calls {
  /** Registered models by name; those whose name holds a text when one is given. */
  async listModels(
    query: { holding?: string; limit?: number },
    signal?: AbortSignal
  ): Promise<RegisteredModel[]> {
    const text = query.holding?.replaceAll("'", '');
    const filter = text ? `name ILIKE '%${text}%'` : undefined;
    const page = await this.ask<{ models: RegisteredModel[] }>('models', {
      query: { filter, limit: query.limit },
      signal
    });
    return page.models;
  }

  createModel(name: string): Promise<RegisteredModel> {
    return this.ask('models', { method: 'POST', body: { name } });
  }

  createVersion(
    model: string,
    order: { run_id: string; source?: string; description: string }
  ): Promise<ModelVersion> {
    const path = `models/${encodeURIComponent(model)}/versions`;
    return this.ask(path, { method: 'POST', body: order });
  }

  moveAlias(model: string, alias: string, version: number): Promise<ModelVersion> {
    const path = `models/${encodeURIComponent(model)}/aliases/${encodeURIComponent(alias)}`;
    return this.ask(path, { method: 'PUT', body: { version } });
  }

  draftPromotion(source: PromotionSource, signal?: AbortSignal): Promise<PromotionDraft> {
    return this.ask('promotion-draft', { query: { ...source }, signal });
  }

  previewCron(cron: string, timezone: string, signal?: AbortSignal): Promise<CronPreview> {
    return this.ask('cron-preview', { query: { cron, timezone, count: 3 }, signal });
  }

  promote(order: Promotion): Promise<Definition> {
    return this.ask('definitions', { method: 'POST', body: order });
  }

  async listDefinitions(signal?: AbortSignal): Promise<Definition[]> {
    const list = await this.ask<{ definitions: Definition[] }>('definitions', { signal });
    return list.definitions;
  }

  async listRevisions(definitionId: string, signal?: AbortSignal): Promise<Revision[]> {
    const path = `definitions/${definitionId}/revisions`;
    return (await this.ask<{ revisions: Revision[] }>(path, { signal })).revisions;
  }

  getRevisionNotebook(definitionId: string, number: number): Promise<nbformat.INotebookContent> {
    return this.ask(`definitions/${definitionId}/revisions/${number}/notebook`);
  }

  pauseSchedule(id: string, paused: boolean): Promise<Schedule> {
    return this.ask(`schedules/${id}`, { method: 'PATCH', body: { paused } });
  }

  async listJobs(
    query: IJobQuery,
    signal?: AbortSignal
  ): Promise<{ jobs: Job[]; next_cursor: string | null }> {
    return this.ask('jobs', { query: { ...query }, signal });
  }

  submitJob(definitionId: string, revision: number | null = null): Promise<Job> {
    const body = { definition_id: definitionId, revision, parameters: {} };
    return this.ask('jobs', { method: 'POST', body });
  }

  getJob(id: string, signal?: AbortSignal): Promise<Job> {
    return this.ask(`jobs/${id}`, { signal });
  }

  cancelJob(id: string): Promise<Job> {
    return this.ask(`jobs/${id}/cancel`, { method: 'POST' });
  }

  getJobNotebook(id: string): Promise<nbformat.INotebookContent> {
    return this.ask(`jobs/${id}/notebook`);
  }

  getJobLog(id: string, offset: number, signal?: AbortSignal): Promise<JobLog> {
    return this.ask(`jobs/${id}/log`, { query: { offset }, signal });
  }
}
