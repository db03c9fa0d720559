/** Owns rank correlation: whether a metric grows or shrinks with a param; pure. */

/** Spearman's rho, with the mean rank for ties; null where one of the two is constant. */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): number | null {
  const [x, y] = [ranksOf(xs), ranksOf(ys)];
  const meanX = mean(x);
  const meanY = mean(y);
  let both = 0;
  let squareX = 0;
  let squareY = 0;
  x.forEach((rank, index) => {
    const dx = rank - meanX;
    const dy = (y[index] ?? meanY) - meanY;
    both += dx * dy;
    squareX += dx * dx;
    squareY += dy * dy;
  });
  return squareX > 0 && squareY > 0 ? both / Math.sqrt(squareX * squareY) : null;
}

/** The ranks of the values from 1 on. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index);
  order.sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  let begin = 0;
  while (begin < order.length) {
    let end = begin + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[begin] ?? 0]) {
      end += 1;
    }
    for (const place of order.slice(begin, end)) {
      ranks[place] = (begin + 1 + end) / 2;
    }
    begin = end;
  }
  return ranks;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
