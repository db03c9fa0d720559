import { describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { reasonWords } from '../reasons';

type Proposed = Parameters<typeof reasonWords>[0];

function words(code: string, ...values: string[]): string {
  const proposed = { reason: 'As the server says.', reason_code: code, reason_values: values };
  return reasonWords(proposed as Proposed, trans);
}

describe('reasonWords', () => {
  it('words what it knows, with its values', () => {
    expect(words('declared')).toBe('In the parameters cell of the notebook.');
    expect(words('changed', '[64, 32]')).toContain('It was [64, 32] in the run');
    expect(words('apart', '2')).toContain('cell 2 is between them');
    expect(words('apart')).toContain('between them any name may be bound');
  });

  it('leaves to the server what it does not know', () => {
    expect(words('of-a-later-version')).toBe('As the server says.');
  });
});
