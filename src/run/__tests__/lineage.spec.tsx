import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { expect, it, onTestFinished } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, lineageOf } from '../../__tests__/fakes';
import { click, draw, until } from '../../__tests__/screen';
import { LineageSection } from '../lineage';
import { RunModel } from '../model';

it('leads from the box of a version to what is known of it', async () => {
  const made = {
    name: 'delays',
    version: 3,
    aliases: ['champion'],
    stage: 'Staging' as const,
    description: 'The first tree',
    source: 'runs:/a/model',
    created_at: 1,
    created_by: 'ada'
  };
  const server = new FakeServer().on(
    'GET runs/a/lineage',
    lineageOf('a', { versions: [made, { ...made, version: 2, aliases: [], stage: 'None' }] })
  );
  const model = new RunModel({ ...fakeLab(server, new FakeFeed()), runId: 'a' });
  onTestFinished(() => model.dispose());
  const host = await draw(
    <LineageSection model={model} commands={new CommandRegistry()} onReveal={() => undefined} />
  );
  await until(() => host.querySelector('[data-version]') !== null, 'the versions');
  const rows = [...host.querySelectorAll('[data-version]')].map(row => row.textContent);
  expect(rows[0]).toContain('delays3Staging @championThe first tree');
  expect(rows[1]).toContain('delays2none');
  Element.prototype.scrollIntoView = () => undefined;
  await click(host.querySelector('button[data-node="version delays 2"]'));
  expect(document.activeElement?.getAttribute('data-version')).toBe('delays 2');
});
