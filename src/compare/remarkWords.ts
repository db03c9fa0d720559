/** Owns how what the server remarks of differences and runs is told in the user's language; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Explanation } from '../api/types';
import { formatCount, formatFixed, formatPercent } from '../components/format';
import { wordsOf } from './values';

export type Remark = Explanation['remarks'][number];
type Words = Partial<Record<Remark['word'], (said: Remark, trans: TranslationBundle) => string>>;

/** A remark as a sentence; the given words where it is of a newer server. */
export function remarkWords(said: Remark, otherwise: string, trans: TranslationBundle): string {
  return WORDS[said.word]?.(said, trans) ?? otherwise;
}

const nameOf = ({ names }: Remark, place = 0): string => names[place] ?? '';

const numberOf = ({ numbers }: Remark, place = 0): number => numbers[place] ?? 0;

/** The names from a place on, and how many more there are. */
function listOf({ names, more }: Remark, trans: TranslationBundle, begin = 0): string {
  const told = names.slice(begin).join(', ');
  return more > 0 ? trans.__('%1 and %2 more', told, formatCount(more)) : told;
}

function linesWords(gone: number, added: number, trans: TranslationBundle): string {
  if (gone === 0) {
    return trans._n('%1 new line.', '%1 new lines.', added, added);
  }
  return added === 0
    ? trans._n('%1 line gone.', '%1 lines gone.', gone, gone)
    : trans.__('Lines gone: %1; lines new: %2.', gone, added);
}

const OF_CODE: Words = {
  becomes: (said, trans) => trans.__('It sets %1.', nameOf(said)),
  default: (_, trans) => trans.__('Nobody set it; the library chose it.'),
  in_code: (said, trans) => trans.__('It stands in the code, line %1 of its cell.', numberOf(said)),
  lines: (said, trans) => linesWords(numberOf(said), numberOf(said, 1), trans),
  cells_moved: (said, trans) =>
    trans._n(
      '%1 of the cells ran at another place.',
      '%1 of the cells ran at other places.',
      numberOf(said),
      numberOf(said)
    ),
  order_problems: (_, trans) =>
    trans.__('Only one of the runs has cells that ran out of order, were edited or deleted.'),
  cell_added: (said, trans) => trans.__('Cell %1 is new', numberOf(said)),
  cell_removed: (said, trans) => trans.__('Cell %1 is gone', numberOf(said)),
  cell_changed: (said, trans) => trans.__('Cell %1 has other code', numberOf(said))
};

const OF_DATA: Words = {
  data_order: (said, trans) =>
    trans.__('The data %1 has its rows or columns in another order', nameOf(said)),
  data_content: (said, trans) => trans.__('The data %1 has other content', nameOf(said)),
  columns_added: (said, trans) => trans.__('Columns that are new: %1.', listOf(said, trans)),
  columns_removed: (said, trans) => trans.__('Columns that are gone: %1.', listOf(said, trans)),
  columns_retyped: (said, trans) =>
    trans.__('Columns that are of another type: %1.', listOf(said, trans)),
  column_apart: (said, trans) =>
    trans.__(
      'The values of %1 lie %2 apart (0 alike, 1 disjoint).',
      nameOf(said),
      formatFixed(numberOf(said), 2)
    ),
  columns_apart: (said, trans) =>
    trans._n(
      'So do those of %1 more column.',
      'So do those of %1 more columns.',
      numberOf(said),
      numberOf(said)
    ),
  column_missing: (said, trans) =>
    trans.__(
      'Of %1, %2 is missing; it was %3.',
      nameOf(said),
      formatPercent(numberOf(said, 1)),
      formatPercent(numberOf(said))
    ),
  values_gained: (said, trans) =>
    trans.__('%1 has new values: %2.', nameOf(said), listOf(said, trans, 1)),
  values_lost: (said, trans) =>
    trans.__('%1 lacks values: %2.', nameOf(said), listOf(said, trans, 1)),
  data_unknown: (said, trans) =>
    trans.__('Other rows were read of %1: nobody can say whether it differs.', listOf(said, trans))
};

const OF_SURROUNDINGS: Words = {
  package: (said, trans) => trans.__('The package %1', nameOf(said)),
  package_used: (_, trans) => trans.__('The code or the model uses it.'),
  packages: (said, trans) =>
    trans._n(
      '%1 package that the code does not import has another version',
      '%1 packages that the code does not import have other versions',
      numberOf(said),
      numberOf(said)
    ),
  packages_unused: (said, trans) => trans.__('The code does not import %1.', listOf(said, trans)),
  model_params: (_, trans) => trans.__('Its hyperparameters differ with it.'),
  python: () => 'Python',
  platform: (_, trans) => trans.__('The platform'),
  variable: (said, trans) => trans.__('The variable %1', nameOf(said)),
  hardware: (said, trans) => trans.__('The hardware (%1)', nameOf(said)),
  git_too: (said, trans) => trans.__('Other too: %1.', listOf(said, trans))
};

const OF_RUNS: Words = {
  run_failed: (said, trans) =>
    trans.__('%1 failed with %2: %3', nameOf(said), nameOf(said, 1), nameOf(said, 2)),
  run_unfinished: (said, trans) =>
    trans.__(
      'The values of %1 may not be its last ones; its status: %2.',
      nameOf(said),
      wordsOf('status', nameOf(said, 1), trans)
    ),
  run_without_value: (said, trans) =>
    trans.__('%1 has no value of %2.', nameOf(said), nameOf(said, 1)),
  no_metric: (_, trans) => trans.__('Neither run has a metric.'),
  unrecorded_of_one: (said, trans) =>
    nameOf(said) === 'data'
      ? trans.__('The data of one run was not recorded.')
      : trans.__('The environment of one run was not recorded.'),
  unrecorded_of_both: (said, trans) =>
    nameOf(said) === 'data'
      ? trans.__('The data of both runs was not recorded.')
      : trans.__('The environment of both runs was not recorded.')
};

const WORDS: Words = { ...OF_CODE, ...OF_DATA, ...OF_SURROUNDINGS, ...OF_RUNS };
