/** Owns how a JSON value is written in Python; pure. */
import type { ParameterType } from '../api/types';

/** The Python literal of a JSON value; whole numbers of a float parameter get their ".0". */
export function toPython(value: unknown, type?: ParameterType): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (typeof value === 'number') {
    return type === 'float' && Number.isInteger(value) && Math.abs(value) < 1e16
      ? `${value}.0`
      : String(value);
  }
  if (typeof value === 'string') {
    return quote(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(item => toPython(item)).join(', ')}]`;
  }
  const items = Object.entries(value);
  return `{${items.map(([key, item]) => `${quote(key)}: ${toPython(item)}`).join(', ')}}`;
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"');
  return mark + (mark === "'" ? escaped.replace(/'/g, "\\'") : escaped) + mark;
}
