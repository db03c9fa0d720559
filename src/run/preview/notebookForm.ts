/** Owns how a stored notebook becomes cells and outputs that are drawn; pure. */
import type { Output } from '../../api/types';

export interface ICellForm {
  kind: 'code' | 'markdown' | 'raw';
  source: string;
  count: number | null;
  outputs: readonly Output[];
}

/** The cells of a notebook; null for a text that is none. */
export function notebookCells(text: string): ICellForm[] | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const cells = isRecord(content) ? content['cells'] : null;
  return Array.isArray(cells) ? cells.filter(isRecord).map(cellOf) : null;
}

type Fields = Record<string, unknown>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Notebooks keep long texts as lists of lines. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join('') : typeof value === 'string' ? value : '';
}

function cellOf(cell: Fields): ICellForm {
  const kind = cell['cell_type'];
  const count = cell['execution_count'];
  const outputs = Array.isArray(cell['outputs']) ? cell['outputs'].filter(isRecord) : [];
  return {
    kind: kind === 'code' || kind === 'markdown' ? kind : 'raw',
    source: textOf(cell['source']),
    count: typeof count === 'number' ? count : null,
    outputs: outputs.map(outputOf)
  };
}

function outputOf(output: Fields): Output {
  const type = output['output_type'];
  if (type === 'stream') {
    const data = { 'text/plain': textOf(output['text']) };
    return { kind: 'stream', name: textOf(output['name']), data, cut_bytes: 0 };
  }
  if (type === 'error') {
    const { ename, evalue, traceback } = output;
    const data = { ename, evalue, traceback };
    return { kind: 'error', name: textOf(ename), data, cut_bytes: 0 };
  }
  const data = isRecord(output['data']) ? output['data'] : {};
  return { kind: 'display', name: '', data, cut_bytes: 0 };
}
