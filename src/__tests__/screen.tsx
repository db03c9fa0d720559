/** Owns how tests draw components and wait for what they show. */
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';

import { CommandIds } from '../commands';
import { LabProvider } from '../components/hooks';
import { trans } from './fakes';

/** Draw an element; it is taken away at the end of the test. */
export async function draw(element: React.JSX.Element): Promise<HTMLElement> {
  const host = document.body.appendChild(document.createElement('div'));
  const root = createRoot(host);
  onTestFinished(async () => {
    await act(async () => root.unmount());
    host.remove();
  });
  await act(async () =>
    root.render(<LabProvider value={{ trans, highlight: null }}>{element}</LabProvider>)
  );
  return host;
}

/** The button with this text. */
export function button(host: HTMLElement, text: string): HTMLButtonElement {
  const found = [...host.querySelectorAll('button')].find(item => item.textContent === text);
  if (!found) {
    throw new Error(`There is no button “${text}” in: ${host.textContent}`);
  }
  return found;
}

export async function click(element: Element | null, options: MouseEventInit = {}): Promise<void> {
  await act(async () => {
    element?.dispatchEvent(new MouseEvent('click', { bubbles: true, ...options }));
  });
}

export async function press(element: Element | null, key: string, more = {}): Promise<void> {
  await act(async () => {
    element?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
  });
}

/** Type into a field as a user does. */
export async function type(field: Element | null, text: string): Promise<void> {
  await act(async () => {
    const prototype = Object.getPrototypeOf(field) as object;
    Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, text);
    const name = field instanceof HTMLSelectElement ? 'change' : 'input';
    field?.dispatchEvent(new Event(name, { bubbles: true }));
  });
}

/** Wait until `check` holds, drawing meanwhile; the limit is for what never comes. */
export async function until(check: () => unknown, what = 'the condition'): Promise<void> {
  const end = Date.now() + 20_000;
  while (!check()) {
    if (Date.now() > end) {
      throw new Error(`Waited in vain for ${what}.`);
    }
    await act(async () => new Promise(resolve => setTimeout(resolve, 5)));
  }
}

/** Our commands but some, each of which only writes down that it was executed. */
export function recordingCommands(
  executed: unknown[],
  left: readonly string[] = []
): CommandRegistry {
  const commands = new CommandRegistry();
  for (const id of Object.values(CommandIds).filter(item => !left.includes(item))) {
    commands.addCommand(id, {
      describedBy: { args: {} },
      execute: args => executed.push([id, args])
    });
  }
  return commands;
}
