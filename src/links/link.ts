/** Owns the form of links to our views: what they name, and how an address carries it; pure. */

/** The part of the query that names a view. */
const PART = 'mlops-lab';

const ID = /^[\w-]{1,64}$/;

/** What a link opens: the page of one run, or the comparison of several. */
export interface ILinked {
  runIds: readonly string[];
  /** The run that the others are held against. */
  baseline?: string;
}

/** The address that opens these runs; `page` is that of JupyterLab. */
export function linkTo({ runIds, baseline }: ILinked, page: string): string {
  const kind = runIds.length > 1 ? 'compare' : 'run';
  const isKnown = runIds.length > 1 && baseline !== undefined && runIds.includes(baseline);
  return `${page}?${PART}=${kind}:${runIds.join(',')}${isKnown ? `:${baseline}` : ''}`;
}

/** Whether the query of an address names one of our views, be it well or badly. */
export function isLinked(search: string): boolean {
  return new URLSearchParams(search).has(PART);
}

/** What the query of an address names; null where it is none of ours, or cannot be read. */
export function linkedBy(search: string): ILinked | null {
  const [kind, ids = '', baseline] = (new URLSearchParams(search).get(PART) ?? '').split(':');
  const runIds = [...new Set(ids.split(','))];
  if (!runIds.every(id => ID.test(id))) {
    return null;
  }
  if (kind === 'run') {
    return runIds.length === 1 ? { runIds } : null;
  }
  if (kind !== 'compare' || runIds.length < 2) {
    return null;
  }
  return baseline !== undefined && runIds.includes(baseline) ? { runIds, baseline } : { runIds };
}

/** The query without our part; the other parts stay as they were written. */
export function withoutLink(search: string): string {
  const parts = search
    .replace(/^\?/, '')
    .split('&')
    .filter(part => part !== '' && part.split('=')[0] !== PART);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}
