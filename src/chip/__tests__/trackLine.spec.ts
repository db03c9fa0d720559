import { describe, expect, it } from 'vitest';

import { isLoading, isTracked, withoutTrack, withTrack } from '../trackLine';

describe('the line that tracks a cell', () => {
  it.each([
    ['%%track', true],
    ['%%track "deep" -t owner=ada\nx = 1', true],
    ['\n  %%track\nx = 1', true],
    ['%%tracker\nx', false],
    ['x = 1\n%%track', false],
    ['# %%track', false],
    ['', false]
  ])('is found in %j: %s', (source, found) => {
    expect(isTracked(source)).toBe(found);
  });

  it('is put in and taken out', () => {
    expect(withTrack('x = 1')).toBe('%%track\nx = 1');
    expect(withoutTrack('%%track\nx = 1')).toBe('x = 1');
    expect(withoutTrack('%%track "deep" -e e\n%%time\nx')).toBe('%%time\nx');
    expect(withoutTrack('%%track')).toBe('');
  });
});

describe('the line that loads the extension', () => {
  it.each([
    ['%load_ext mlops_lab', true],
    ['import os\n%load_ext  mlops_lab\n', true],
    ['%reload_ext mlops_lab', true],
    ['import mlops_lab as lab', true],
    ['from mlops_lab import log_metric', true],
    ['# %load_ext mlops_lab', false],
    ['%load_ext mlops_labs', false],
    ['%load_ext autoreload', false]
  ])('is found in %j: %s', (source, found) => {
    expect(isLoading(source)).toBe(found);
  });
});
