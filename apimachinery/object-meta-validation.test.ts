import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { validateLabels } from './label-selector.ts';
import { nameIsDNSLabel, nameIsDNSSubdomain, validatePathSegmentName } from './names.ts';
import * as validation from './object-meta-validation.ts';

const RULES = {
  dnsSubdomain: nameIsDNSSubdomain,
  dnsLabel: nameIsDNSLabel,
  pathSegment: validatePathSegmentName,
};

describe('object metadata', () => {
  it.each(readCases(new URL('testdata/object-meta.jsonl', import.meta.url)))(
    'is judged as upstream does in $id ($in.check)',
    (c) => {
      const { check, value } = c.in;
      const rule = RULES[c.in.name as keyof typeof RULES];
      const errorsOf: Record<string, () => unknown> = {
        objectMeta: () =>
          validation.validateObjectMeta(value, {
            namespaced: c.in.namespaced,
            validateName: rule,
            path: 'metadata',
          }),
        objectMetaUpdate: () => validation.validateObjectMetaUpdate(value, c.in.old),
        annotations: () => validation.validateAnnotations(value, 'metadata.annotations'),
        labels: () => validateLabels(value, 'metadata.labels'),
        ownerReferences: () =>
          validation.validateOwnerReferences(
            { ownerReferences: value },
            'metadata.ownerReferences',
          ),
        managedFields: () => validation.validateManagedFields(value, 'metadata.managedFields'),
      };
      expect(errorsOf[check]!()).toEqual(c.out.errors);
    },
  );

  it('bounds all annotations together', () => {
    const errors = validation.validateAnnotations(
      { a: 'x'.repeat(262_144) },
      'metadata.annotations',
    );
    expect(errors.map((e) => e.message)).toEqual(['Too long: may not be more than 262144 bytes']);
  });
});
