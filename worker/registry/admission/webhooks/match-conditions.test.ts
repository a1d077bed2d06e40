import { describe, expect, it } from 'vitest';
import { configMap, newAttributes } from '../testing/fake-attributes.ts';
import { FakeContext } from '../testing/fake-context.ts';
import { reviewed, webhookConfiguration } from '../testing/fake-webhooks.ts';
import { newMutatingWebhookPlugin } from './mutating-webhook.ts';
import { CONFIGURATIONS, MAPS, run } from '../testing/mutating-run.ts';

describe('Mutating webhooks with match conditions', () => {
  const on = (expression: string, extra: object = {}) => ({
    name: 'w',
    matchConditions: [{ name: 'c', expression }],
    ...extra,
  });

  it.each([
    ['true', ['w']],
    ['false', []],
    ['object.metadata.name == "a" && oldObject == null', ['w']],
    ['request.operation == "CREATE" && request.userInfo.username == "alice"', ['w']],
    ['namespaceObject == null', ['w']],
    ['authorizer.requestResource.check("get").allowed()', []],
    ['authorizer.group("").resource("pods").check("list").errored()', []],
  ])('%s', (expression, want) => {
    expect(run([on(expression)], { w: reviewed() }).asked).toEqual(want);
  });

  it('refuses where one cannot be told, or does not ask where failures are ignored', () => {
    const { status, asked } = run([on('object.spec.x == 1')], { w: reviewed() });
    expect(asked).toEqual([]);
    expect(status).toMatchObject({
      reason: 'Forbidden',
      message: `configmaps "a" is forbidden: expression 'object.spec.x == 1' resulted in error: no such key: spec`,
    });
    const ignoring = run([on('object.spec.x == 1', { failurePolicy: 'Ignore' })], {});
    expect(ignoring).toMatchObject({ asked: [] });
    expect(ignoring.status).toBeUndefined();
  });

  it('does not ask where one is false, whatever the others are', () => {
    const matchConditions = ['object.x', 'false'].map((expression, i) => ({
      name: `c${i}`,
      expression: i === 0 ? `${expression} == 1` : expression,
    }));
    const { asked, status } = run([{ name: 'w', matchConditions }], {});
    expect(asked).toEqual([]);
    expect(status).toBeUndefined();
  });

  it('asks about permissions in other namespaces before it decides', () => {
    const expression =
      'authorizer.group("").resource("pods").namespace("other").check("get").allowed()';
    const context = new FakeContext({
      objects: { [CONFIGURATIONS]: [webhookConfiguration('c', [on(expression)])] },
      answer: (inquiry) => (inquiry.kind === 'access' ? { allowed: true, reason: '' } : reviewed()),
    });
    newMutatingWebhookPlugin().admit?.(newAttributes(MAPS, configMap()), context);
    expect(context.asked.flat().map(({ kind }) => kind)).toEqual(['access', 'webhook']);
    expect(context.asked[0]?.[0]).toMatchObject({
      namespace: 'other',
      user: { name: 'alice', uid: 'u-1' },
      access: { verb: 'get', resource: 'pods', namespace: 'other', apiVersion: '*' },
    });
  });
});
