/** Owns the rule that tells series of the machine from metrics. */

/** As the names of the series begin that the kernel samples of the machine. */
const SYSTEM = 'system/';

/** Whether a series tells of the machine and not of the model. */
export function isSystem(name: string): boolean {
  return name.startsWith(SYSTEM);
}
