import * as React from 'react';
import { act } from 'react';
import { describe, expect, it } from 'vitest';

import { FakeFeed, trans } from '../../__tests__/fakes';
import { button, click, draw } from '../../__tests__/screen';
import { ConnectionLine } from '../connection';
import { LabProvider } from '../hooks';

describe('ConnectionLine', () => {
  it('is there only while the connection is lost', async () => {
    const changes = new FakeFeed();
    const host = await draw(
      <LabProvider value={{ trans, highlight: null, changes }}>
        <ConnectionLine />
      </LabProvider>
    );
    const line = host.querySelector('[role=status]')!;
    expect(line.textContent).toBe('');
    await act(async () => changes.connect(false));
    expect(line.textContent).toContain('Connection lost. Trying again…');
    await click(button(host, 'Try now'));
    expect(changes.checks).toBe(1);
    await act(async () => changes.connect(true));
    expect(line.textContent).toBe('');
  });
});
