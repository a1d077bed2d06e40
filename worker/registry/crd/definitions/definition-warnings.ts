import { quoteText } from '../../../../apimachinery/field-error.ts';
import { supportedFormat } from '../schema/formats.ts';
import { type JSONSchema, someSchema } from '../schema/json-schema.ts';
import type { CustomResourceDefinition } from '../types.ts';

/** Texts for Warning headers: formats that nothing is checked against. */
export function definitionWarnings({ spec }: CustomResourceDefinition): string[] {
  const unknown = new Set<string>();
  const collect = ({ format = '' }: JSONSchema): boolean => {
    if (supportedFormat(format) !== format) unknown.add(format);
    return false;
  };
  for (const { schema } of spec.versions) {
    if (schema?.openAPIV3Schema !== undefined) someSchema(schema.openAPIV3Schema, collect);
  }
  return [...unknown].sort().map((format) => `unrecognized format ${quoteText(format)}`);
}
