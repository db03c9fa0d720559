/** Owns how a part of a list that was taken away comes back, without undoing what came after; pure. */

/** `now`, with those of `before` that were taken put back at their places beside what is left. */
export function putBack<T>(
  now: readonly T[],
  before: readonly T[],
  taken: readonly T[],
  keyOf: (item: T) => string
): T[] {
  const found = [...now];
  const gone = new Set(taken.map(keyOf));
  const isHere = (key: string): boolean => found.some(item => keyOf(item) === key);
  before.forEach((item, index) => {
    if (!gone.has(keyOf(item)) || isHere(keyOf(item))) {
      return;
    }
    const above = before.slice(0, index).map(keyOf).reverse().find(isHere);
    const at = above === undefined ? 0 : found.findIndex(other => keyOf(other) === above) + 1;
    found.splice(at, 0, item);
  });
  return found;
}
