import * as React from 'react';
import { act } from 'react';
import { expect, it, vi } from 'vitest';

import { draw } from '../../__tests__/screen';
import { Sight, SightProvider, useNow } from '../hooks';

it('lets the time of a view rest while nobody sees it, and renews it at once when seen', async () => {
  vi.useFakeTimers();
  let draws = 0;
  const Clock = (): React.JSX.Element => {
    draws += 1;
    return <>{useNow(1000)}</>;
  };
  const sight = new Sight();
  sight.isSeen = true;
  const host = await draw(
    <SightProvider value={sight}>
      <Clock />
    </SightProvider>
  );
  await act(async () => vi.advanceTimersByTime(1000));
  await act(async () => vi.advanceTimersByTime(1000));
  expect(draws).toBe(3);
  sight.isSeen = false;
  await act(async () => vi.advanceTimersByTime(10_000));
  expect(draws).toBe(3);
  await act(async () => void (sight.isSeen = true));
  expect(host.textContent).toBe(String(Date.now()));
  vi.useRealTimers();
});
