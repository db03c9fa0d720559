/** Owns the short names of the contract's structs; the shapes themselves are generated. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type ArtifactRef = Schemas['ArtifactRef'];
export type AuditEntry = Schemas['AuditEntry'];
export type Cell = Schemas['Cell'];
export type CellDiff = Schemas['CellDiff'];
export type CellsDiff = Schemas['CellsDiff'];
export type CodeDiff = Schemas['CodeDiff'];
export type ComparedRow = Schemas['ComparedRow'];
export type Comparison = Schemas['Comparison'];
export type ColumnVersion = Schemas['ColumnVersion'];
export type CronPreview = Schemas['CronPreview'];
export type Curves = Schemas['Curves'];
export type DataDiff = Schemas['DataDiff'];
export type DataVersion = Schemas['DataVersion'];
export type Definition = Schemas['Definition'];
export type Dependency = Schemas['Dependency'];
export type DiffLine = Schemas['DiffLine'];
export type Environment = Schemas['Environment'];
export type ErrorInfo = Schemas['ErrorInfo'];
export type Experiment = Schemas['Experiment'];
export type FacetList = Schemas['FacetList'];
export type FacetValue = Schemas['FacetValue'];
export type Explanation = Schemas['Explanation'];
export type GitState = Schemas['GitState'];
export type Glance = Schemas['Glance'];
export type HistoryCell = Schemas['HistoryCell'];
export type Job = Schemas['Job'];
export type JobLog = Schemas['JobLog'];
export type JobState = Job['state'];
export type Lineage = Schemas['Lineage'];
export type LineageData = Schemas['LineageData'];
export type LineageRun = Schemas['LineageRun'];
export type LineageRuns = Schemas['LineageRuns'];
export type MetricSeries = Schemas['MetricSeries'];
export type MetricPoint = Schemas['MetricPoint'];
export type MetricSummary = Schemas['MetricSummary'];
export type ModelInfo = Schemas['ModelInfo'];
export type ModelVersion = Schemas['ModelVersion'];
export type NameKind = 'metrics' | 'params' | 'tags' | 'columns';
export type NameUse = Schemas['NameUse'];
export type Order = Schemas['Order'];
export type Output = Schemas['Output'];
export type Outputs = Schemas['Outputs'];
export type Param = Schemas['Param'];
export type Parameter = Schemas['Parameter'];
export type ParameterType = Parameter['type'];
export type Promotion = Schemas['Promotion'];
export type PromotionDraft = Schemas['PromotionDraft'];
export type ProposedParameter = Schemas['ProposedParameter'];
export type RegisteredModel = Schemas['RegisteredModel'];
export type Reproduction = Schemas['Reproduction'];
export type Resources = Schemas['Resources'];
export type Revision = Schemas['Revision'];
export type Run = Schemas['Run'];
export type RunCapture = Schemas['RunCapture'];
export type RunList = Schemas['RunList'];
export type RunPage = Schemas['RunPage'];
export type RunStatus = RunSummary['status'];
export type RunSummary = Schemas['RunSummary'];
export type Schedule = Schemas['Schedule'];
export type ServerStatus = Schemas['ServerStatus'];
export type SurroundingsDiff = Schemas['SurroundingsDiff'];
export type Tag = Schemas['Tag'];
export type TagEntry = Schemas['TagEntry'];
export type TrashOutcome = Schemas['TrashOutcome'];
export type WireNumber = MetricSummary['last'];
export type Worker = Schemas['Worker'];

/** The notice that a record moved, as the event stream carries it; it holds no data of the record. */
export interface IChange {
  seq: number;
  kind: 'run' | 'experiment' | 'model' | 'definition' | 'schedule' | 'job' | 'worker';
  id: string;
  action: 'created' | 'updated' | 'deleted';
}
