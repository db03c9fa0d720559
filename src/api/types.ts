/** Owns the short names of the contract's structs; the shapes themselves are generated. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type CodeDiff = Schemas['CodeDiff'];
export type ComparedRow = Schemas['ComparedRow'];
export type Comparison = Schemas['Comparison'];
export type CronPreview = Schemas['CronPreview'];
export type Definition = Schemas['Definition'];
export type DiffLine = Schemas['DiffLine'];
export type ErrorInfo = Schemas['ErrorInfo'];
export type Job = Schemas['Job'];
export type JobLog = Schemas['JobLog'];
export type JobState = Job['state'];
export type MetricSeries = Schemas['MetricSeries'];
export type MetricSummary = Schemas['MetricSummary'];
export type Parameter = Schemas['Parameter'];
export type ParameterType = Parameter['type'];
export type Promotion = Schemas['Promotion'];
export type PromotionDraft = Schemas['PromotionDraft'];
export type ProposedParameter = Schemas['ProposedParameter'];
export type Revision = Schemas['Revision'];
export type Run = Schemas['Run'];
export type RunPage = Schemas['RunPage'];
export type RunStatus = RunSummary['status'];
export type RunSummary = Schemas['RunSummary'];
export type Schedule = Schemas['Schedule'];
export type ServerStatus = Schemas['ServerStatus'];
export type WireNumber = MetricSummary['last'];
export type Worker = Schemas['Worker'];

/** The notice that a record moved, as the event stream carries it; it holds no data of the record. */
export interface IChange {
  seq: number;
  kind: 'run' | 'definition' | 'schedule' | 'job' | 'worker';
  id: string;
  action: 'created' | 'updated' | 'deleted';
}
