/** Owns the words for why a parameter is proposed as it is; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { PromotionDraft } from '../api/types';

type Proposed = PromotionDraft['parameters'][number];

/** The reason in the reader's language; as the server words it where its code is not known here. */
export function reasonWords(proposed: Proposed, trans: TranslationBundle): string {
  const { reason, reason_code: code, reason_values: values } = proposed;
  const [value] = values;
  const words: Partial<Record<string, string>> = {
    assigned: trans.__('Assigned in the tracked cell.'),
    read: trans.__('Read by the tracked cell.'),
    option: trans.__('Given to the run by an option of the magic.'),
    injected: trans.__('Given to the run as a parameter.'),
    logged: trans.__('Logged as a param of the run.'),
    model: trans.__('A hyperparameter of a model of the run.'),
    changed: trans.__('It was %1 in the run; the default is what the text says.', value),
    declared: trans.__('In the parameters cell of the notebook.'),
    tracked: trans.__('A literal of the tracked cell.'),
    constant: trans.__('A constant: the tracked cell neither assigns nor reads it.'),
    apart: value
      ? trans.__(
          'It cannot be a parameter together with the others: cell %1 is between them, and may bind any name.',
          value
        )
      : trans.__(
          'It cannot be a parameter together with the others: between them any name may be bound.'
        )
  };
  return words[code] ?? reason;
}
