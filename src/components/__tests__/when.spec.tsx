import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { draw } from '../../__tests__/screen';
import { formatTime } from '../format';
import { When } from '../when';

const MINUTE = 60_000;

describe('When', () => {
  it('says how long ago, and the exact time on hover', async () => {
    const at = Date.now() - 5 * MINUTE;
    const shown = (await draw(<When at={at} />)).querySelector('time')!;
    expect(shown.textContent).toBe('5 min ago');
    expect(shown.title).toBe(formatTime(at));
    expect(shown.dateTime).toBe(new Date(at).toISOString());
  });

  it('is short where a list has no room, and knows what is to come', async () => {
    const short = await draw(<When at={Date.now() - 5 * MINUTE} isShort />);
    expect(short.textContent).toBe('5 min');
    const ahead = await draw(<When at={Date.now() + MINUTE / 2} />);
    expect(ahead.textContent).toBe('just now');
    const soon = await draw(<When at={Date.now() + 5.5 * MINUTE} />);
    expect(soon.textContent).toMatch(/^in [56] min$/);
  });
});
