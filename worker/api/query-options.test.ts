import { describe, expect, it } from 'vitest';
import { StatusError } from '../../apimachinery/status-error.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { parseListOptions } from './list-options.ts';
import { parseWatchOptions } from './watch/watch-options.ts';

function codeOf(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.status.code;
    throw error;
  }
}

const token = encodeContinue({ revision: 7, begunAt: 9, namespace: 'ns', after: 'näme' });
const list = (query: string) => parseListOptions(new URLSearchParams(query));
const watch = (query: string) => parseWatchOptions(new URLSearchParams(query), 0.5);

describe('options of a list', () => {
  it.each([
    ['', {}],
    ['resourceVersion=0', {}],
    ['resourceVersion=5', { notBefore: 5 }],
    ['resourceVersion=5&limit=3', { exact: 5, limit: 3 }],
    ['resourceVersion=5&resourceVersionMatch=Exact', { exact: 5 }],
    ['resourceVersion=5&resourceVersionMatch=NotOlderThan&limit=3', { notBefore: 5, limit: 3 }],
    [
      `continue=${token}&limit=3`,
      { limit: 3, continue: { revision: 7, begunAt: 9, namespace: 'ns', after: 'näme' } },
    ],
    [`continue=${token}&resourceVersion=0`, { continue: { revision: 7 } }],
    ['labelSelector=a%3Db&fieldSelector=c%3Dd', { labelSelector: 'a=b', fieldSelector: 'c=d' }],
  ])('LIST-6: "%s" is understood', (query, want) => {
    const defaults = { labelSelector: '', fieldSelector: '', limit: 0 };
    const found = list(query);
    expect(found).toMatchObject({ ...defaults, ...want });
    expect('exact' in found).toBe('exact' in want);
    expect('notBefore' in found).toBe('notBefore' in want);
  });

  it.each([
    ['resourceVersion=x', 400],
    ['resourceVersion=-1', 400],
    ['resourceVersion=01', 400],
    ['resourceVersion=9007199254740993', 400],
    ['limit=x', 400],
    ['continue=x', 400],
    [`continue=${token}&resourceVersion=5`, 400],
    [`continue=${token}&resourceVersionMatch=Exact`, 422],
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersion=5&resourceVersionMatch=Sometimes', 422],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', 422],
  ])('LIST-6: "%s" is refused with %i', (query, code) => {
    expect(codeOf(() => list(query))).toBe(code);
  });
});

describe('options of a watch', () => {
  it.each([
    ['', { after: null, sendInitialEvents: false }],
    ['resourceVersion=0', { after: null }],
    ['resourceVersion=5', { after: 5, bookmarks: false }],
    ['resourceVersion=5&allowWatchBookmarks=true', { after: 5, bookmarks: true }],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1',
      { after: null, sendInitialEvents: true },
    ],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=5', { after: 5 }],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', { after: 'now' }],
    ['timeoutSeconds=7', { timeoutMs: 7_000 }],
    ['timeoutSeconds=0', { timeoutMs: 45 * 60_000 }],
    ['timeoutSeconds=999999', { timeoutMs: 90 * 60_000 }],
  ])('WATCH-10: "%s" is understood', (query, want) => {
    expect(watch(query)).toMatchObject(want);
  });

  it.each([
    ['resourceVersion=x', 400],
    ['timeoutSeconds=x', 400],
    ['timeoutSeconds=-1', 400],
    ['resourceVersionMatch=NotOlderThan', 422],
    ['sendInitialEvents=true&allowWatchBookmarks=true', 422],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', 422],
    ['sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true', 422],
  ])('WATCH-10: "%s" is refused with %i', (query, code) => {
    expect(codeOf(() => watch(query))).toBe(code);
  });
});

describe('a continue token', () => {
  it('LIST-4: brings back what was put in, and is safe in a URL', () => {
    expect(token).toMatch(/^[-_A-Za-z0-9]+$/);
    expect(decodeContinue(token)).toEqual({
      revision: 7,
      begunAt: 9,
      namespace: 'ns',
      after: 'näme',
    });
  });
});
