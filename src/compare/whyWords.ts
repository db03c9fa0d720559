/** Owns how a cause and its evidence are told from what the server gives of them; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Explanation } from '../api/types';
import { formatDifference } from '../components/format';
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
      return trans.__('No other run of the experiment tells anything of it.');
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
