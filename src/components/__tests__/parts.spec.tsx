import * as React from 'react';
import { act } from 'react';
import { describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { button, click, draw } from '../../__tests__/screen';
import { ApiError } from '../../api/request';
import { CodeBlock, DiffBlock, ErrorBlock } from '../code';
import { ErrorPanel, Skeleton } from '../feedback';
import { LabProvider } from '../hooks';
import { StatusIcon } from '../status';

describe('StatusIcon', () => {
  it('tells the status by a word and a shape, not by colour alone', async () => {
    const host = await draw(
      <>
        <StatusIcon status="finished" />
        <StatusIcon status="failed" />
        <StatusIcon status="running" />
      </>
    );
    const marks = [...host.querySelectorAll('svg')];
    expect(marks.map(mark => mark.getAttribute('aria-label'))).toEqual([
      'Finished',
      'Failed',
      'Running'
    ]);
    const shapes = marks.map(mark => mark.querySelector('path')?.getAttribute('d'));
    expect(new Set(shapes).size).toBe(3);
  });
});

describe('ErrorPanel', () => {
  it('says what went wrong and what to do, and lets one try again', async () => {
    const retry = vi.fn();
    const error = new ApiError({ message: 'Disk full.', hint: 'Make room.', code: 'x' });
    const host = await draw(<ErrorPanel error={error} onRetry={retry} />);
    expect(host.querySelector('[role=alert]')?.textContent).toContain('Disk full.Make room.');
    await click(button(host, 'Retry'));
    expect(retry).toHaveBeenCalledOnce();
  });
});

describe('Skeleton', () => {
  it('takes the room of the rows that will come', async () => {
    const host = await draw(<Skeleton rows={3} height={48} />);
    const rows = [...host.querySelectorAll<HTMLElement>('.jp-MlopsLab-skeleton > div')];
    expect(rows.map(row => row.style.height)).toEqual(['48px', '48px', '48px']);
  });
});

describe('code', () => {
  it('marks added and removed lines by sign and by word', async () => {
    const host = await draw(
      <DiffBlock
        label="changes"
        lines={[
          { kind: 'same', text: 'a = 1' },
          { kind: 'removed', text: 'b = 2' },
          { kind: 'added', text: 'b = 3' },
          { kind: 'skipped', text: '9 lines' }
        ]}
      />
    );
    const lines = [...host.querySelectorAll('pre > div')].map(line => line.textContent);
    expect(lines).toEqual([' a = 1', '−removedb = 2', '+addedb = 3', '⋯9 lines']);
  });

  it('shows code at once and colours it when the colours are here', async () => {
    let finish: () => void = () => undefined;
    const highlight = (code: string, element: HTMLElement): Promise<void> =>
      new Promise(resolve => {
        finish = () => {
          element.innerHTML = `<b>${code}</b>`;
          resolve();
        };
      });
    const host = await draw(
      <LabProvider value={{ trans, highlight }}>
        <CodeBlock source="x = 1" label="code" isPython />
      </LabProvider>
    );
    expect(host.querySelector('pre')?.textContent).toBe('x = 1');
    await act(async () => finish());
    expect(host.querySelector('pre b')?.textContent).toBe('x = 1');
  });

  it('shows an exception with the traceback as Python printed it', async () => {
    const error = { name: 'ValueError', message: 'bad', traceback: 'Traceback\n  line 1' };
    const host = await draw(<ErrorBlock error={error} />);
    expect(host.querySelector('strong')?.textContent).toBe('ValueError');
    expect(host.querySelector('pre')?.textContent).toBe('Traceback\n  line 1');
  });
});
