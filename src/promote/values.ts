/** Owns how a parameter value is typed in and checked; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ParameterType } from '../api/types';

export type Parsed = { value: unknown } | { problem: string };

/** What stands in the input field for a value. */
export function toText(value: unknown, type: ParameterType): string {
  return type === 'str' ? String(value) : JSON.stringify(value);
}

/** The value that the text stands for, or what is wrong with it. */
export function parseText(text: string, type: ParameterType, trans: TranslationBundle): Parsed {
  switch (type) {
    case 'str':
      return { value: text };
    case 'int':
      return parseInteger(text.trim(), trans);
    case 'float':
      return parseFloatText(text.trim(), trans);
    case 'bool':
      return { value: text === 'true' };
    case 'none':
      return { value: null };
    case 'list':
    case 'dict':
      return parseJson(text, type, trans);
  }
}

function parseInteger(text: string, trans: TranslationBundle): Parsed {
  if (!/^[+-]?\d+$/.test(text)) {
    return { problem: trans.__('Not a whole number. Choose the type float for a fraction.') };
  }
  const value = Number(text);
  return Number.isSafeInteger(value)
    ? { value }
    : { problem: trans.__('Too large to be edited here without loss (limit 2^53).') };
}

function parseFloatText(text: string, trans: TranslationBundle): Parsed {
  const value = Number(text.replace(/_/g, ''));
  return text !== '' && Number.isFinite(value)
    ? { value }
    : { problem: trans.__('Not a finite number, such as 0.5 or 1e-3.') };
}

function parseJson(text: string, type: 'list' | 'dict', trans: TranslationBundle): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: trans.__('Not JSON: %1', reason) };
  }
  const isList = Array.isArray(value);
  const isDict = typeof value === 'object' && value !== null && !isList;
  if (type === 'list' ? isList : isDict) {
    return { value };
  }
  return {
    problem:
      type === 'list'
        ? trans.__('Not a list, such as [1, 2].')
        : trans.__('Not a dict, such as {"a": 1}.')
  };
}
