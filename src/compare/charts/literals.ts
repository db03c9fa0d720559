/** Owns what a recorded param is to a chart: a number, or a word; pure. */

export type Cell = number | string | null;

/** The value of a Python literal: numbers as numbers, all else as text without its quotes. */
export function valueOf(literal: string | number | null | undefined): Cell {
  if (literal === null || literal === undefined || literal === 'None') {
    return null;
  }
  if (typeof literal === 'number') {
    return literal;
  }
  const text = literal.trim();
  if (/^[-+]?(\d[\d_]*)?\.?\d[\d_]*\.?(e[-+]?\d+)?$/i.test(text)) {
    const value = Number(text.replace(/_/g, ''));
    return Number.isFinite(value) ? value : text;
  }
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  return quoted ? (quoted[2] ?? '') : text;
}
