/** Owns how captured outputs become those of notebooks, and which of them are pictures; pure. */
import type * as nbformat from '@jupyterlab/nbformat';

import type { Output } from '../api/types';

const SVG = 'image/svg+xml';

/** Forms that are drawn rather than an SVG picture beside them. */
const RICHER = ['text/html', 'image/png', 'image/jpeg', 'image/gif'];

const PLAIN = 'text/plain';

/**
 * The address of an SVG picture, which JupyterLab draws only when it is trusted; as the source of an
 * image it cannot run scripts. Null for every other output.
 */
export function pictureOf(output: Output): string | null {
  const svg = output.data[SVG];
  if (svg === undefined || RICHER.some(type => type in output.data)) {
    return null;
  }
  return `data:${SVG};charset=utf-8,${encodeURIComponent(textOf(svg))}`;
}

/** The output in its plainest form. */
export function plainText(output: Output): string {
  const { data } = output;
  return textOf(data[PLAIN] ?? data['text'] ?? data['evalue'] ?? '');
}

/** The output as notebooks keep it. */
export function toNotebookOutput(output: Output): nbformat.IOutput {
  const { kind, name, data } = output;
  if (kind === 'stream') {
    return { output_type: 'stream', name: name || 'stdout', text: plainText(output) };
  }
  if (kind === 'error') {
    return {
      output_type: 'error',
      ename: textOf(data['ename'] ?? name),
      evalue: textOf(data['evalue'] ?? ''),
      traceback: tracebackOf(output)
    };
  }
  return {
    output_type: 'display_data',
    data: data as nbformat.IMimeBundle,
    metadata: {}
  };
}

function tracebackOf(output: Output): string[] {
  const traceback = output.data['traceback'];
  return Array.isArray(traceback) ? traceback.map(String) : plainText(output).split('\n');
}

/** Notebooks keep long texts as lists of lines. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map(String).join('');
  }
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
