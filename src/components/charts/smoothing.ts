/** Owns smoothing of curves; pure. */

/**
 * The exponential moving average, corrected for its start as TensorBoard does it.
 *
 * `weight` is between 0 (as it is) and 1. What is no number stays a gap and is not counted.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let share = 0;
  return values.map(value => {
    if (value === null || !Number.isFinite(value)) {
      return null;
    }
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return share > 0 ? sum / share : value;
  });
}
