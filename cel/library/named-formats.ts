import {
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  validateLabelValue,
  validateQualifiedName,
} from '../../apimachinery/names.ts';
import { listOf, optionalOf, STRING, structType, type CelType } from '../types/cel-type.ts';
import { decodeBase64 } from '../values/base64.ts';
import { NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { ArrayList } from '../values/list-value.ts';
import { NONE, Optional } from '../values/optional.ts';
import { parseTimestamp } from '../values/timestamp.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asString, instanceOf } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';
import { parseRequestURI, URLError } from './go-url.ts';

export const FORMAT_TYPE = structType('kubernetes.NamedFormat');

/** A named check of strings. */
export class NamedFormat extends CelObject {
  readonly type: CelType = FORMAT_TYPE;
  readonly name: string;
  /** Length of the pattern that the cost rules take the check for. */
  readonly patternSize: number;
  /** What is wrong with a text; empty when nothing is. */
  readonly validate: (text: string) => readonly string[];

  constructor(name: string, patternSize: number, validate: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.patternSize = patternSize;
    this.validate = validate;
  }

  override equals(other: Value): Value {
    return other instanceof NamedFormat ? other.name === this.name : NO_SUCH_OVERLOAD;
  }
}

const unless =
  (isValid: (text: string) => boolean, complaint: string) =>
  (text: string): string[] =>
    isValid(text) ? [] : [complaint];

function validateURI(text: string): string[] {
  try {
    parseRequestURI(text);
    return [];
  } catch (error) {
    if (!(error instanceof URLError)) throw error;
    return [error.message];
  }
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const isBase64 = (text: string): boolean => text !== '' && decodeBase64(text) !== undefined;

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined;

/** The forms that go-openapi/strfmt takes: also a space or lower case t, and offsets without colon. */
const isDateTime = (text: string): boolean => {
  const match = /^(\d{4}-\d\d-\d\d)(?:[Tt ])(\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/.exec(
    text,
  );
  return match !== null && parseTimestamp(`${match[1] ?? ''}T${match[2] ?? ''}Z`) !== undefined;
};

/** Sizes are upstream's: lengths of the patterns of the libraries that check there. */
const FORMATS: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: new NamedFormat('DNS1123Label', 30, (text) => nameIsDNSLabel(text, false)),
  dns1123Subdomain: new NamedFormat('DNS1123Subdomain', 60, (text) =>
    nameIsDNSSubdomain(text, false),
  ),
  dns1035Label: new NamedFormat('DNS1035Label', 30, (text) => nameIsDNS1035Label(text, false)),
  qualifiedName: new NamedFormat('QualifiedName', 60, validateQualifiedName),
  dns1123LabelPrefix: new NamedFormat('DNS1123LabelPrefix', 30, (text) =>
    nameIsDNSLabel(text, true),
  ),
  dns1123SubdomainPrefix: new NamedFormat('DNS1123SubdomainPrefix', 60, (text) =>
    nameIsDNSSubdomain(text, true),
  ),
  dns1035LabelPrefix: new NamedFormat('DNS1035LabelPrefix', 30, (text) =>
    nameIsDNS1035Label(text, true),
  ),
  labelValue: new NamedFormat('LabelValue', 40, validateLabelValue),
  uri: new NamedFormat('URI', 1103, validateURI),
  uuid: new NamedFormat(
    'uuid',
    70,
    unless((text) => UUID.test(text), 'does not match the UUID format'),
  ),
  byte: new NamedFormat('byte', 84, unless(isBase64, 'invalid base64')),
  date: new NamedFormat('date', 70, unless(isDate, 'invalid date')),
  datetime: new NamedFormat('datetime', 70, unless(isDateTime, 'invalid datetime')),
};

/** Named formats (apiserver pkg/cel/library/format.go). */
export const NAMED_FORMATS: readonly FunctionDeclaration[] = [
  declare(
    'validate',
    memberOverload(
      'format-validate',
      [FORMAT_TYPE, STRING],
      optionalOf(listOf(STRING)),
      ([format, text]) => {
        const complaints = instanceOf(NamedFormat, format).validate(asString(text));
        return complaints.length === 0 ? NONE : new Optional(new ArrayList(complaints));
      },
    ),
  ),
  declare(
    'format.named',
    globalOverload('format-named', [STRING], optionalOf(FORMAT_TYPE), ([name]) => {
      const key = asString(name);
      const format = Object.hasOwn(FORMATS, key) ? FORMATS[key] : undefined;
      return format === undefined ? NONE : new Optional(format);
    }),
  ),
  ...Object.entries(FORMATS).map(([name, format]) =>
    declare(
      `format.${name}`,
      globalOverload(`format.${name}`, [], FORMAT_TYPE, () => format),
    ),
  ),
];
