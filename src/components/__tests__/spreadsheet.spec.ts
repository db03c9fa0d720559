import { describe, expect, it } from 'vitest';

import { asCell } from '../spreadsheet';

describe('asCell', () => {
  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1'])('keeps %j a text', text => {
    expect(asCell(text)).toBe(`'${text}`);
  });

  it.each(['-0.5', '+1e-3', '-Infinity', '-.5', 'a=b', '', "'x'"])('leaves %j alone', text => {
    expect(asCell(text)).toBe(text);
  });
});
