/** Owns how a text stands in a cell of a spreadsheet without being taken for a formula; pure. */

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?((\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)$/i;

/** The text as it is, with a "'" before it where a spreadsheet would reckon instead of show it. */
export function asCell(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
