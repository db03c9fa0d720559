/** Owns the proposals of the filter box: asked for as one types, chosen by keys or the mouse. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import { propose, take, writingAt, type IProposal, type Writing } from './completion';
import type { IRunTools } from './runTools';

const PROPOSE_DELAY_MS = 80;

export interface IProposals {
  list: readonly IProposal[];
  active: number;
  choose: (proposal: IProposal) => void;
  ask: (text: string, caret: number) => void;
  close: () => void;
  onKey: (event: React.KeyboardEvent) => boolean;
}

/** Proposals at the caret; the arrows go through them, Enter and Tab take one, Escape closes. */
export function useProposals(
  tools: IRunTools,
  input: React.RefObject<HTMLInputElement | null>,
  onTake: (text: string, caret: number) => void
): IProposals {
  const { list, active, setActive, writing, ask, close } = useAsking(tools);
  const choose = (proposal: IProposal): void => {
    if (writing.current && input.current) {
      const taken = take(input.current.value, writing.current, proposal);
      onTake(taken.text, taken.caret);
      close();
      if (proposal.text.endsWith('.')) {
        ask(taken.text, taken.caret);
      }
    }
  };
  const onKey = (event: React.KeyboardEvent): boolean => {
    if (event.key === 'ArrowDown' && list.length === 0) {
      const { value = '', selectionStart } = input.current ?? {};
      ask(value, selectionStart ?? 0);
      return true;
    }
    return onProposalKey(event.key, { list, active, setActive, choose, close });
  };
  return { list, active, choose, ask, close, onKey };
}

/** Asks for proposals when typing rests; what was asked before counts no more. */
function useAsking(tools: IRunTools): Pick<IProposals, 'list' | 'active' | 'ask' | 'close'> & {
  setActive: (active: number) => void;
  writing: React.RefObject<Writing | null>;
} {
  const [list, setList] = React.useState<readonly IProposal[]>([]);
  const [active, setActive] = React.useState(-1);
  const writing = React.useRef<Writing | null>(null);
  const abort = React.useRef<AbortController | null>(null);
  const timer = React.useRef(0);
  const close = (): void => {
    window.clearTimeout(timer.current);
    abort.current?.abort();
    setList([]);
    setActive(-1);
  };
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  const ask = (text: string, caret: number): void => {
    window.clearTimeout(timer.current);
    abort.current?.abort();
    const found = writingAt(text, caret);
    writing.current = found;
    if (!found) {
      close();
      return;
    }
    const { signal } = (abort.current = new AbortController());
    const fetch = async (): Promise<void> => {
      const next = await propose(found, tools.client, signal).catch(() => []);
      if (!signal.aborted) {
        setList(next);
        setActive(-1);
      }
    };
    timer.current = window.setTimeout(() => void fetch(), PROPOSE_DELAY_MS);
  };
  return { list, active, setActive, writing, ask, close };
}

/** What a key does while there are proposals; false where it does nothing. */
function onProposalKey(
  key: string,
  options: Pick<IProposals, 'list' | 'active' | 'choose' | 'close'> & {
    setActive: (active: number) => void;
  }
): boolean {
  const { list, active, choose, close, setActive } = options;
  if (list.length === 0) {
    return false;
  }
  const proposal = list[active];
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    const step = key === 'ArrowDown' ? 1 : -1;
    const next = active < 0 && step < 0 ? list.length - 1 : active + step;
    setActive((next + list.length) % list.length);
  } else if (key === 'Escape') {
    close();
  } else if (proposal && (key === 'Enter' || key === 'Tab')) {
    choose(proposal);
  } else {
    return false;
  }
  return true;
}

export function proposalId(index: number): string {
  return `jp-MlopsLab-proposal-${index}`;
}

export function Proposals({ list, active, choose }: IProposals): React.JSX.Element {
  const trans = useTrans();
  return (
    <div
      id="jp-MlopsLab-proposals"
      className="jp-MlopsLab-proposals"
      role="listbox"
      aria-label={trans.__('Proposals')}
      hidden={list.length === 0}
    >
      {list.map((proposal, index) => (
        <div
          key={proposal.text}
          id={proposalId(index)}
          role="option"
          aria-selected={index === active}
          onPointerDown={event => {
            event.preventDefault();
            choose(proposal);
          }}
        >
          <span>{proposal.text}</span>
          <span className="jp-MlopsLab-note jp-MlopsLab-number">{proposal.note}</span>
        </div>
      ))}
    </div>
  );
}
