/** Owns the choices of a chart, such as its axes, that are kept with the layout of the comparison. */
import * as React from 'react';

import type { IChoice } from './chartsLayout';

interface IChoices {
  choices: Readonly<Record<string, IChoice>>;
  onChoice: (chart: string, choice: IChoice) => void;
}

const ChoicesContext = React.createContext<IChoices | null>(null);

/** Gives the charts below it what was chosen in them. */
export const ChoicesProvider = ChoicesContext.Provider;

/** What was chosen in a chart, and how it is changed; what was never chosen is as in `plain`. */
export function useChoice<T extends IChoice>(
  chart: string,
  plain: T
): [T, (change: Partial<T>) => void] {
  const kept = React.useContext(ChoicesContext);
  const [own, setOwn] = React.useState<IChoice>({});
  const choice = React.useMemo(
    () => ({ ...plain, ...alike(kept?.choices[chart] ?? own, plain) }),
    // What is plain stays so.
    [kept?.choices[chart], own, chart]
  );
  const change = (more: Partial<T>): void =>
    (kept ? (next: IChoice) => kept.onChoice(chart, next) : setOwn)({ ...choice, ...more });
  return [choice, change];
}

/** What is of the kind that the chart knows. */
function alike<T extends IChoice>(kept: IChoice, plain: T): Partial<T> {
  const known = Object.entries(kept).filter(
    ([name, value]) => kindOf(value) === kindOf(plain[name])
  );
  return Object.fromEntries(known) as Partial<T>;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}
