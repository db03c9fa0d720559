import { describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import type { ParameterType } from '../../api/types';
import { cronOf, knownZones, localZone, presetOf, presetWords } from '../schedule';
import { parseText, toText } from '../values';

describe('values', () => {
  it.each<[ParameterType, string, unknown]>([
    ['str', ' as it is ', ' as it is '],
    ['int', ' -12 ', -12],
    ['float', '1e-3', 0.001],
    ['float', '2', 2],
    ['bool', 'true', true],
    ['none', '', null],
    ['list', '[1, "a"]', [1, 'a']],
    ['dict', '{"a": [1]}', { a: [1] }]
  ])('reads %s from %j', (type, text, value) => {
    expect(parseText(text, type, trans)).toEqual({ value });
  });

  it.each<[ParameterType, string, string]>([
    ['int', '0.5', 'whole number'],
    ['int', '', 'whole number'],
    ['int', '9007199254740993', '2^53'],
    ['float', 'nan', 'finite'],
    ['float', '', 'finite'],
    ['list', '[1,', 'Not JSON'],
    ['list', '{}', 'Not a list'],
    ['dict', 'null', 'Not a dict']
  ])('says what is wrong with the %s %j', (type, text, words) => {
    const parsed = parseText(text, type, trans);
    expect('problem' in parsed && parsed.problem).toContain(words);
  });

  it('shows text without quotes and the rest as JSON', () => {
    expect(toText("it's", 'str')).toBe("it's");
    expect(toText([1, 'a'], 'list')).toBe('[1,"a"]');
    expect(toText(0.1, 'float')).toBe('0.1');
  });
});

describe('schedules', () => {
  it('knows the preset of every ready-made cron, and no other', () => {
    for (const [preset] of presetWords(trans)) {
      const cron = cronOf(preset);
      expect(cron === undefined || presetOf(` ${cron} `) === preset).toBe(true);
    }
    expect(presetOf('*/5 * * * *')).toBe('custom');
  });

  it('offers the timezone of the browser and UTC', () => {
    expect(knownZones()).toContain('UTC');
    expect(localZone()).not.toBe('');
  });
});
