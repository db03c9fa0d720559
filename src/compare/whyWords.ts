/** Owns how a cause and its evidence are told from what the server gives of them; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Explanation } from '../api/types';
import { formatDifference, formatNumber } from '../components/format';
import { remarkWords } from './remarkWords';

type Cause = Explanation['causes'][number];
type Evidence = Cause['evidence'][number];

/** What differs, in words; the server's own where the fields do not tell enough. */
export function causeWords(cause: Cause, trans: TranslationBundle): string {
  const { kind, name, section, before, after, title, remark } = cause;
  const told = remark ? remarkWords(remark, title, trans) : title;
  switch (kind) {
    case 'param':
      return changed(name, cause, trans);
    case 'seed':
      return changed(section === 'params' ? name : trans.__('The seed of %1', name), cause, trans);
    case 'hardware':
    case 'environment':
      return before === null && after === null ? told : changed(remark ? told : name, cause, trans);
    case 'model':
      return changed(trans.__('The model %1', name), cause, trans);
    case 'data':
      return remark ? told : dataWords(cause, trans);
    case 'order':
      return trans.__('Cells ran in another order');
    case 'git':
      return gitWords(name, trans) ?? told;
    default:
      return told;
  }
}

function changed(name: string, { before, after }: Cause, trans: TranslationBundle): string {
  if (!name) {
    return trans.__('A value in the code differs');
  }
  if (before === null) {
    return trans.__('%1 is %2; it was not set', name, after);
  }
  return after === null
    ? trans.__('%1 is not set; it was %2', name, before)
    : trans.__('%1 is %2 instead of %3', name, lastPart(after), lastPart(before));
}

/** A class by its own name; versions and other values as they are. */
function lastPart(value: string): string {
  return /^[A-Za-z_][\w.]*\.([A-Z]\w*)$/.exec(value)?.[1] ?? value;
}

function dataWords({ name, before, after }: Cause, trans: TranslationBundle): string {
  if (before === null) {
    return trans.__('%1 is read; it was not before', name);
  }
  if (after === null) {
    return trans.__('%1 is not read; it was before', name);
  }
  return trans.__('The data %1 is %2; it was %3', name, after, before);
}

function gitWords(name: string, trans: TranslationBundle): string | undefined {
  const words: Record<string, string> = {
    commit: trans.__('The working tree is of another commit'),
    'uncommitted changes': trans.__('The working tree has other uncommitted changes'),
    dirty: trans.__('Only one of the working trees has uncommitted changes'),
    branch: trans.__('The branch is another'),
    remote: trans.__('The repository is another')
  };
  return words[name];
}

/** What speaks for a cause or against it. */
export function evidenceWords(
  { kind, runs, value, text, remark }: Evidence,
  cause: Cause,
  trans: TranslationBundle
): string {
  const amount = typeof value === 'number' ? formatDifference(value, 0) : null;
  switch (kind) {
    case 'alone':
      return trans.__('Nothing else that was recorded differs.');
    case 'none':
      return trans.__('Other runs of the experiment do not show whether it matters.');
    case 'pairs':
      return amount === null
        ? text
        : trans._n(
            '%1 pair of other runs differs in this alone: %2 on average.',
            '%1 pairs of other runs differ in this alone: %2 on average.',
            runs,
            amount
          );
    case 'trend':
      return amount === null
        ? text
        : trans.__(
            'In %1 other runs of the experiment, %2 and the metric have a rank correlation of %3.',
            runs,
            cause.name,
            formatDifference(Math.round(100 * Number(value)) / 100, 0) || '0'
          );
    case 'groups':
      return amount === null
        ? text
        : trans.__(
            'Of %1 other runs, those with the value now lie %2 from those with the value before, on average.',
            runs,
            amount
          );
    default:
      return remark ? remarkWords(remark, text, trans) : text;
  }
}

/** From this weight on a cause is called likely; the server calls it so from here on too. */
const LIKELY = 0.6;

/** From this weight on a cause is called possible. */
const POSSIBLE = 0.35;

/** How likely a cause of this weight is, in a word. */
export function likelihoodWords(weight: number, trans: TranslationBundle): string {
  if (weight >= LIKELY) {
    return trans.__('likely cause');
  }
  return weight >= POSSIBLE ? trans.__('possible cause') : trans.__('unlikely cause');
}

/** Whether there is a difference that something can be the cause of. */
export function hasLikelihood({ change }: Explanation): boolean {
  return change !== null && change !== 0;
}

/** What can honestly be said. */
export function verdictWords(verdict: Explanation['verdict'], trans: TranslationBundle): string {
  const words: Record<Explanation['verdict'], string> = {
    alone: trans.__('Only one thing differs: it is the cause, if it is not chance.'),
    likely: trans.__('Other runs of the experiment point to the first of these causes.'),
    unclear: trans.__('Several things differ, and other runs do not show which of them it was.'),
    noise: trans.__('The difference is no larger than what chance alone makes.'),
    same_value: trans.__('Both have the same value.'),
    nothing_differs: trans.__('Nothing that was recorded differs.'),
    no_value: trans.__('Which of them is better cannot be told; this is what differs.')
  };
  return words[verdict];
}

/** How far chance alone drives runs apart, as runs of equal make show it. */
export function noiseWords(
  noise: NonNullable<Explanation['noise']>,
  runs: number,
  trans: TranslationBundle
): string {
  return noise === 0
    ? trans.__('Chance changes nothing here: %1 runs made alike have exactly the same value.', runs)
    : trans.__(
        'Chance alone makes up to %1: so far apart are %2 runs that differ only in their seeds.',
        formatNumber(noise),
        runs
      );
}

/** How many other runs the causes were held against. */
export function judgedByWords(
  { looked_at: looked, is_exact: isExact }: Explanation,
  trans: TranslationBundle
): string {
  if (looked === 0) {
    return trans.__('The experiment has no other runs with this metric to learn from.');
  }
  return isExact
    ? trans._n(
        'Judged from the two runs and %1 other run of the experiment.',
        'Judged from the two runs and %1 other runs of the experiment.',
        looked,
        looked
      )
    : trans.__('Judged from the two runs and the newest %1 others of the experiment.', looked);
}
