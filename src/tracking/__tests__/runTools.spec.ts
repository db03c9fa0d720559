import { CommandRegistry } from '@lumino/commands';
import { expect, it } from 'vitest';

import { runIfEnabled } from '../runTools';

it('executes a command only where it can be done', () => {
  const executed: unknown[] = [];
  const commands = new CommandRegistry();
  commands.addCommand('trash', {
    isEnabled: args => args['shelf'] !== 'trash',
    describedBy: { args: { type: 'object', properties: {} } },
    execute: args => void executed.push(args)
  });
  runIfEnabled(commands, 'trash', { shelf: 'trash' });
  runIfEnabled(commands, 'absent', {});
  expect(executed).toEqual([]);
  runIfEnabled(commands, 'trash', { shelf: 'runs' });
  expect(executed).toEqual([{ shelf: 'runs' }]);
});
