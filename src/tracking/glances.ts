/** Owns what rows show beside the summaries of their runs: tags, notes, curves, experiments. */
import type { LabClient } from '../api/client';
import type { Experiment, Glance } from '../api/types';

type GlanceClient = Pick<LabClient, 'listExperiments' | 'listGlances'>;

/** Rows rest for this long before they are asked for; while they move they wait no longer than that. */
const REST_MS = 60;
const MOVING_MS = 400;

/** Experiments are asked for no more often, however quickly their runs move. */
const EXPERIMENT_MS = 2000;

/** Rows that show something are asked for no more often, however quickly their runs move. */
const AGAIN_MS = 500;

const MAX_GLANCES = 200;
const MAX_EXPERIMENTS = 100;

/** Glances that are kept. */
const KEPT = 2000;

/** A cache of what the rows in sight ask for; what is old stays until the new is here. */
export class Glances {
  constructor(client: GlanceClient, onChange: () => void) {
    this._client = client;
    this._onChange = onChange;
  }

  of(runId: string): Glance | null {
    return this._glances.get(runId) ?? null;
  }

  experiment(name: string): Experiment | null {
    return this._experiments.get(name) ?? null;
  }

  /** These runs are in sight. */
  want(runs: readonly { id: string; experiment: string }[]): void {
    this._wanted = runs;
    if (this._isAsking) {
      return;
    }
    const now = Date.now();
    this._wantedSince ||= now;
    const soon = Math.min(REST_MS, Math.max(0, this._wantedSince + MOVING_MS - now));
    const isShown = runs.every(({ id }) => this._glances.has(id));
    const wait = isShown ? Math.max(soon, this._askedLast + AGAIN_MS - now) : soon;
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this._ask(), wait);
  }

  /** A run has moved. */
  age(runId: string): void {
    this._fresh.delete(runId);
  }

  /** Runs of an experiment have moved. */
  ageExperiments(names: Iterable<string>): void {
    for (const name of names) {
      this._moved.add(name);
    }
  }

  /** Anything may have moved. */
  ageAll(): void {
    this._fresh.clear();
    this.ageExperiments(this._experiments.keys());
  }

  /** Show something else of a run until the server says what is true. */
  change(runId: string, change: (glance: Glance) => Glance): void {
    const glance = this._glances.get(runId);
    if (glance) {
      this._glances.set(runId, change(glance));
      this._onChange();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
  }

  private async _ask(): Promise<void> {
    this._timer = 0;
    this._wantedSince = 0;
    this._isAsking = true;
    this._askedLast = Date.now();
    const wanted = this._wanted;
    const moved = await Promise.all(
      [this._askGlances(wanted), this._askExperiments(wanted)].map(asked =>
        asked.catch((error: unknown) => {
          console.warn('Tags, notes, curves or bests of the list could not be read.', error);
          return null;
        })
      )
    );
    if (moved.some(Boolean) && !this._isDisposed) {
      this._onChange();
    }
    this._isAsking = false;
    if (this._isDisposed) {
      return;
    }
    if (this._wanted !== wanted) {
      this.want(this._wanted);
    } else if (!moved.includes(null) && wanted.some(one => this._moved.has(one.experiment))) {
      // What failed is asked for again with the rows that are wanted next, not over and over.
      this._timer = window.setTimeout(() => void this._ask(), EXPERIMENT_MS);
    }
  }

  private async _askGlances(runs: readonly { id: string }[]): Promise<boolean> {
    const ids = [...new Set(runs.map(({ id }) => id))].filter(id => !this._fresh.has(id));
    const asked = ids.slice(0, MAX_GLANCES);
    if (asked.length === 0) {
      return false;
    }
    asked.forEach(id => this._fresh.add(id));
    const found = await this._client.listGlances(asked).catch((error: unknown) => {
      asked.forEach(id => this._fresh.delete(id));
      throw error;
    });
    for (const glance of found) {
      this._glances.delete(glance.run_id);
      this._glances.set(glance.run_id, glance);
    }
    for (const id of [...this._glances.keys()].slice(0, this._glances.size - KEPT)) {
      this._glances.delete(id);
      this._fresh.delete(id);
    }
    return true;
  }

  private async _askExperiments(runs: readonly { experiment: string }[]): Promise<boolean> {
    const now = Date.now();
    const names = [...new Set(runs.map(({ experiment }) => experiment))]
      .filter(name => now - (this._askedAt.get(name) ?? 0) >= EXPERIMENT_MS)
      .slice(0, MAX_EXPERIMENTS);
    const asked = names.filter(name => this._moved.has(name) || !this._experiments.has(name));
    if (asked.length === 0) {
      return false;
    }
    asked.forEach(name => this._askedAt.set(name, now));
    asked.forEach(name => this._moved.delete(name));
    const found = await this._client.listExperiments(asked).catch((error: unknown) => {
      asked.forEach(name => this._moved.add(name));
      throw error;
    });
    for (const experiment of found) {
      this._experiments.set(experiment.name, experiment);
    }
    return true;
  }

  private readonly _client: GlanceClient;
  private readonly _onChange: () => void;
  private readonly _experiments = new Map<string, Experiment>();
  private readonly _askedAt = new Map<string, number>();
  private readonly _fresh = new Set<string>();
  private readonly _glances = new Map<string, Glance>();
  private readonly _moved = new Set<string>();
  private _askedLast = 0;
  private _isAsking = false;
  private _isDisposed = false;
  private _timer = 0;
  private _wantedSince = 0;
  private _wanted: readonly { id: string; experiment: string }[] = [];
}
