/** Owns the ready-made schedules that the form offers; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

export type Preset = 'none' | 'hourly' | 'daily' | 'weekdays' | 'weekly' | 'monthly' | 'custom';

const CRONS: Partial<Record<Preset, string>> = {
  hourly: '0 * * * *',
  daily: '0 6 * * *',
  weekdays: '0 6 * * 1-5',
  weekly: '0 6 * * 1',
  monthly: '0 6 1 * *'
};

/** The cron of a preset; undefined when the preset has none of its own. */
export function cronOf(preset: Preset): string | undefined {
  return CRONS[preset];
}

/** The preset of a cron that was typed. */
export function presetOf(cron: string): Preset {
  const found = Object.entries(CRONS).find(([, value]) => value === cron.trim());
  return found ? (found[0] as Preset) : 'custom';
}

/** The presets with the words that the form shows, in order. */
export function presetWords(trans: TranslationBundle): [Preset, string][] {
  return [
    ['none', trans.__('Only when I run it')],
    ['hourly', trans.__('Every hour')],
    ['daily', trans.__('Every day at 6:00')],
    ['weekdays', trans.__('Every weekday at 6:00')],
    ['weekly', trans.__('Every Monday at 6:00')],
    ['monthly', trans.__('On the first of every month at 6:00')],
    ['custom', trans.__('Custom (cron)')]
  ];
}

/** The browser's own timezone. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** The timezones that the browser knows, to choose from. */
export function knownZones(): string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.includes('UTC') ? zones : ['UTC', ...zones];
}
