/** Owns where the table of a comparison goes: clipboard, file, notebook, report. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { toCsv, toFrameCode, toMarkdown, toTsv, type IExport } from './exporting';
import type { IExportMenu } from './menus';
import type { CompareModel } from './model';

const SAID_MS = 2500;

/** What can be made of the table as it is shown now. */
export function exportsOf(options: {
  table: IExport;
  model: CompareModel;
  insert: ((code: string) => void) | null;
  trans: TranslationBundle;
}): IExportMenu {
  const { table, model, insert, trans } = options;
  const base = model.baseline?.summary.id;
  return {
    copyTsv: () => void copy(toTsv(table, trans), trans),
    copyMarkdown: () => void copy(toMarkdown(table, trans), trans),
    downloadCsv: () => {
      const blob = new Blob([toCsv(table, trans)], { type: 'text/csv' });
      const url = URL.createObjectURL(blob);
      download(url, 'comparison.csv');
      URL.revokeObjectURL(url);
    },
    copyFrame: () => void copy(toFrameCode(table), trans),
    insertFrame: insert && (() => insert(toFrameCode(table))),
    report: format => {
      const others = table.runIds.filter(id => id !== base);
      const name = format === 'html' ? 'report.html' : 'report.md';
      download(model.client.reportUrl(base ? [base, ...others] : others, format), name);
    }
  };
}

/** Put a text into the clipboard, and say so. */
export async function copy(text: string, trans: TranslationBundle): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    Notification.success(trans.__('Copied'), { autoClose: SAID_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    Notification.error(trans.__('It could not be copied: %1', reason), { autoClose: false });
  }
}

function download(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
