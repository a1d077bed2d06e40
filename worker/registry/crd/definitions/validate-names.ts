import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';
import { validateDNS1035Label } from '../../../../apimachinery/names.ts';
import type { DefinitionNames } from '../types.ts';

/** Names that are asked for, or were accepted. Empty ones are not looked at here. */
export function validateNames(names: Partial<DefinitionNames>, path: string): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '' } = names;
  const errors = [
    ...label(plural, `${path}.plural`),
    ...label(singular, `${path}.singular`),
    ...mixedCase(kind, `${path}.kind`),
    ...mixedCase(listKind, `${path}.listKind`),
    ...(names.shortNames ?? []).flatMap((name, i) => anyLabel(name, `${path}.shortNames[${i}]`)),
  ];
  if (kind !== '' && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'));
  }
  return [
    ...errors,
    ...(names.categories ?? []).flatMap((name, i) => anyLabel(name, `${path}.categories[${i}]`)),
  ];
}

const label = (name: string, field: string): FieldError[] =>
  name === '' ? [] : anyLabel(name, field);

/** A DNS label that starts with a letter. */
export function anyLabel(name: string, field: string): FieldError[] {
  const messages = validateDNS1035Label(name);
  return messages.length === 0 ? [] : [invalid(field, name, messages.join(','))];
}

function mixedCase(name: string, field: string): FieldError[] {
  const messages = name === '' ? [] : validateDNS1035Label(name.toLowerCase());
  if (messages.length === 0) return [];
  const detail = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  return [invalid(field, name, detail)];
}
