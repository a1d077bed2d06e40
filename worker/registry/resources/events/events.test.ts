import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structOf } from '../../../../test/schema-arbitraries.ts';
import { printed } from '../../../../test/print-harness.ts';
import { errorsOf, withValue } from '../../../../test/strategy-harness.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { findResource, RESOURCES } from '../../resource-table.ts';
import { attributesOf, requireSelectable } from '../../rest/attributes.ts';
import { decodeObject } from '../../schema/decode.ts';
import { lookupSchema } from '../../schema/schema.ts';
import { EVENTS_V1 } from './v1-conversion.ts';

const VIEW = findResource('events.k8s.io', 'v1', 'events')!;

const event: KubernetesObject = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'a.1', namespace: 'web' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'example.com/scaler',
  reportingInstance: 'scaler-0',
  action: 'Scaling',
  reason: 'Scaled',
  regarding: { kind: 'Pod', namespace: 'web', name: 'p', uid: 'u' },
  related: { kind: 'Node', name: 'n' },
  note: 'more of them',
  type: 'Normal',
  series: { count: 2, lastObservedTime: '2026-01-01T00:30:00.000000Z' },
};

const strict = (object: KubernetesObject, old?: KubernetesObject): string[] => {
  const rules = VIEW.storedStrategy!;
  const stored = EVENTS_V1.toStored(object);
  const errors =
    old === undefined
      ? rules.validate?.(stored)
      : rules.validateUpdate?.(stored, EVENTS_V1.toStored(old));
  return (errors ?? []).map((e) => `${e.field}: ${e.message}`);
};

describe('events.k8s.io/v1', () => {
  it('stores the events of the core group', () => {
    const stored = EVENTS_V1.toStored({
      ...event,
      deprecatedSource: { component: 'kubelet' },
      deprecatedCount: 3,
      deprecatedFirstTimestamp: null,
    });
    expect(VIEW.storage).toBe('events');
    expect(stored).toMatchObject({
      apiVersion: 'v1',
      reportingComponent: 'example.com/scaler',
      involvedObject: event.regarding,
      message: 'more of them',
      source: { component: 'kubelet' },
      count: 3,
    });
    expect(stored).not.toHaveProperty('firstTimestamp');
  });

  it('loses nothing on the way there and back', () => {
    const decode = (value: object) =>
      decodeObject(
        JSON.stringify(value),
        'json',
        { apiVersion: 'v1', kind: 'Event', schema: 'io.k8s.api.core.v1.Event' },
        'Ignore',
      ).object;
    const bodies = structOf(lookupSchema('io.k8s.api.core.v1.Event'), 4);
    fc.assert(
      fc.property(bodies, (body) => {
        const stored = EVENTS_V1.toStored(EVENTS_V1.fromStored(decode(body)));
        expect(EVENTS_V1.toStored(EVENTS_V1.fromStored(stored))).toEqual(stored);
      }),
    );
  });

  it('takes a whole event', () => {
    expect(strict(event)).toEqual([]);
    expect(strict(withValue(event, 'regarding.namespace', ''), event)).not.toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['eventTime', null, ['eventTime: Required value']],
    ['type', 'Odd', ['type: Invalid value: "": has invalid value: Odd']],
    ['deprecatedCount', 1, ['count: Invalid value: "": needs to be unset']],
    ['deprecatedSource', { host: 'h' }, ['source: Invalid value: "": needs to be unset']],
    [
      'deprecatedFirstTimestamp',
      '2026-01-01T00:00:00Z',
      ['firstTimestamp: Invalid value: "": needs to be unset'],
    ],
    ['series.count', 1, ['series.count: Invalid value: "": should be at least 2']],
    ['series', { count: 2, lastObservedTime: null }, ['series.lastObservedTime: Required value']],
    [
      'reportingController',
      '',
      [
        'reportingController: Required value',
        expect.stringContaining(
          'reportingController: Invalid value: "": name part must be non-empty',
        ) as string,
        expect.stringContaining(
          'reportingController: Invalid value: "": name part must consist',
        ) as string,
      ],
    ],
    [
      'reportingInstance',
      'x'.repeat(129),
      ['reportingInstance: Invalid value: "": can have at most 128 characters'],
    ],
    ['action', '', ['action: Required value']],
    ['reason', '', ['reason: Required value']],
    ['note', 'x'.repeat(1025), ['message: Invalid value: "": can have at most 1024 characters']],
    [
      'metadata.name',
      'A',
      [expect.stringContaining('metadata.name: Invalid value: "A"') as string],
    ],
    [
      'regarding',
      {},
      ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
    ],
  ])('asks of a new event that its %s is not %j', (path, value, want) => {
    expect(strict(withValue(event, path, value))).toEqual(want);
  });

  it.each<[string, unknown, string[]]>([
    ['series.count', 3, []],
    ['series.count', 1, ['series.count: Invalid value: "": should be at least 2']],
    ['note', 'b', ['message: Invalid value: "b": field is immutable']],
    ['reportingController', 'b', ['reportingController: Invalid value: "b": field is immutable']],
    ['type', undefined, ['type: Invalid value: null: field is immutable']],
    ['metadata.labels', { a: 'b' }, []],
  ])('lets a change of %s to %j be', (path, value, want) => {
    expect(strict(withValue(event, path, value), event)).toEqual(want);
  });

  it('is selected by its own names', () => {
    expect(() => requireSelectable(VIEW, 'regarding.name=p,reportingController=x')).not.toThrow();
    expect(() => requireSelectable(VIEW, 'involvedObject.name=p')).toThrow(
      'field label not supported: involvedObject.name',
    );
    const core = RESOURCES.get('events')!;
    expect(() => requireSelectable(core, 'regarding.name=p')).toThrow(
      'field label not supported: regarding.name',
    );
    expect(() => requireSelectable(core, 'involvedObject.name=p,source=x')).not.toThrow();
    const { fields } = attributesOf(core, EVENTS_V1.toStored(event));
    expect(fields).toMatchObject({
      'regarding.name': 'p',
      'involvedObject.name': 'p',
      reportingController: 'example.com/scaler',
      source: 'example.com/scaler',
    });
  });

  it('looks like the core events', () => {
    expect(printed(VIEW, event)).toMatchObject({
      'Last Seen': '30m',
      Type: 'Normal',
      Reason: 'Scaled',
      Object: 'pod/p',
      Source: 'example.com/scaler, scaler-0',
      Message: 'more of them',
      Count: 2,
    });
  });
});

describe('core events', () => {
  const about = (namespace: string, subject: string) => ({
    metadata: { name: 'a', namespace },
    involvedObject: { namespace: subject },
  });

  it.each<[string, string, boolean]>([
    ['web', 'web', true],
    ['default', '', true],
    ['kube-system', '', false],
    ['web', 'other', false],
  ])('in %s may be about something in %j: %s', (namespace, subject, isFine) => {
    expect(errorsOf('events', about(namespace, subject))).toEqual(
      isFine
        ? []
        : [`involvedObject.namespace: Invalid value: "${subject}": does not match event.namespace`],
    );
  });
});
