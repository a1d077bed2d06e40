import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structOf } from '../../../test/schema-arbitraries.ts';
import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { ENDPOINTS, RESOURCES } from '../resource-table.ts';
import { decodeObject } from '../schema/decode.ts';
import { lookupSchema } from '../schema/schema.ts';
import { toTable } from '../table-convert.ts';

const CONTEXT = { now: 0, user: { name: 'test', groups: [] } };
describe('whatever a client sends of the right type', () => {
  it.each([...RESOURCES.values()])('$resource is defaulted, judged and printed', (info) => {
    const { strategy } = info;
    const expected = {
      apiVersion: formatAPIVersion(info.group, info.version),
      kind: info.kind,
      schema: info.schema,
    };
    const decode = (value: object): KubernetesObject =>
      decodeObject(JSON.stringify(value), 'json', expected, 'Ignore').object;
    const bodies = structOf(lookupSchema(info.schema), 9);
    fc.assert(
      fc.property(bodies, bodies, (body, before) => {
        const [object, old] = [decode(body), decode(before)];
        for (const o of [object, old]) {
          strategy.setDefaults?.(o);
          strategy.prepareForCreate?.(o, CONTEXT);
        }
        const once = structuredClone(object);
        strategy.setDefaults?.(object);
        expect(object).toEqual(once);
        expect(strategy.validate?.(object) ?? []).toBeInstanceOf(Array);
        strategy.warnings?.(object, null);
        strategy.selectableFields?.(object);
        strategy.gracePeriodSeconds?.(object, undefined);
        strategy.prepareForUpdate?.(object, old, CONTEXT);
        strategy.validateUpdate?.(object, old);
        for (const sub of Object.values(strategy.subresources ?? {})) {
          const draft = decode(body);
          sub.prepareForUpdate(draft, old, CONTEXT);
          sub.validateUpdate?.(draft, old);
        }
        const options = { includeObject: 'Object', now: 0, headers: true } as const;
        for (const shown of [object, decode(body)]) {
          const [row] = toTable(info, [shown], options).rows;
          expect(row!.cells).toHaveLength(info.printer?.columns.length ?? 2);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each(ENDPOINTS.filter(({ conversion }) => conversion !== undefined))(
    '$group/$version $resource is stored, judged and shown again',
    (info) => {
      const expected = {
        apiVersion: formatAPIVersion(info.group, info.version),
        kind: info.kind,
        schema: info.schema,
      };
      const bodies = structOf(lookupSchema(info.schema), 9);
      const { conversion } = info;
      const rules = info.storedStrategy ?? RESOURCES.get(info.storage)?.strategy;
      fc.assert(
        fc.property(bodies, bodies, (body, before) => {
          const stored = [body, before].map((value) => {
            const sent = decodeObject(JSON.stringify(value), 'json', expected, 'Ignore').object;
            return conversion!.toStored(sent);
          });
          const [object, old] = [stored[0]!, stored[1]!];
          for (const o of stored) rules?.setDefaults?.(o);
          expect(rules?.validate?.(object) ?? []).toBeInstanceOf(Array);
          rules?.validateUpdate?.(object, old);
          const shown = conversion!.fromStored(object);
          const options = { includeObject: 'Object', now: 0, headers: true } as const;
          const [row] = toTable(info, [shown], options).rows;
          expect(row!.cells).toHaveLength(info.printer?.columns.length ?? 2);
        }),
        { numRuns: 150 },
      );
    },
  );
});
