import { describe, expect, it } from 'vitest';

import { isLinked, linkedBy, linkTo, withoutLink } from '../link';

const PAGE = 'https://hub.example.org/user/ada/lab';

describe('linkTo', () => {
  it('names the page of a run, and the comparison of several', () => {
    expect(linkTo({ runIds: ['a1'] }, PAGE)).toBe(`${PAGE}?mlops-lab=run:a1`);
    expect(linkTo({ runIds: ['a1', 'b2'] }, PAGE)).toBe(`${PAGE}?mlops-lab=compare:a1,b2`);
  });

  it('names a baseline that is one of the runs', () => {
    const runIds = ['a1', 'b2'];
    expect(linkTo({ runIds, baseline: 'b2' }, PAGE)).toMatch(/compare:a1,b2:b2$/);
    expect(linkTo({ runIds, baseline: 'c3' }, PAGE)).toMatch(/compare:a1,b2$/);
  });
});

describe('linkedBy', () => {
  it.each([
    ['?mlops-lab=run:a1', { runIds: ['a1'] }],
    ['?clone=x&mlops-lab=compare:a1,b2&token=t', { runIds: ['a1', 'b2'] }],
    ['?mlops-lab=compare%3Aa1%2Cb2%3Ab2', { runIds: ['a1', 'b2'], baseline: 'b2' }],
    ['?mlops-lab=compare:a1,b2:c3', { runIds: ['a1', 'b2'] }]
  ])('reads %s', (search, linked) => {
    expect(linkedBy(search)).toEqual(linked);
  });

  it.each([
    '',
    '?reset',
    '?mlops-lab',
    '?mlops-lab=run:',
    '?mlops-lab=run:a1,b2',
    '?mlops-lab=compare:a1',
    '?mlops-lab=compare:a1,a1',
    '?mlops-lab=jobs:a1',
    '?mlops-lab=run:../../a1'
  ])('refuses %s', search => {
    expect(linkedBy(search)).toBeNull();
  });

  it('tells a broken link from no link', () => {
    expect(isLinked('?mlops-lab=run:')).toBe(true);
    expect(isLinked('?reset')).toBe(false);
  });
});

describe('withoutLink', () => {
  it('keeps the other parts as they were', () => {
    expect(withoutLink('?mlops-lab=run:a1')).toBe('');
    expect(withoutLink('?reset&mlops-lab=run:a1&path=a%20b,c')).toBe('?reset&path=a%20b,c');
    expect(withoutLink('')).toBe('');
  });
});
