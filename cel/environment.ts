import type { CheckerScope } from './checker/checker.ts';
import {
  AUTHORIZER,
  AUTHORIZER_TYPE,
  DECISION_TYPE,
  GROUP_CHECK_TYPE,
  PATH_CHECK_TYPE,
  RESOURCE_CHECK_TYPE,
} from './library/authorizer.ts';
import { CIDR_LIBRARY, CIDR_TYPE } from './library/cidr.ts';
import { CONVERSIONS } from './library/conversions.ts';
import { newFunctionTable, type FunctionTable } from './library/declaration.ts';
import { IP_LIBRARY, IP_TYPE } from './library/ip.ts';
import { JSON_PATCH } from './library/json-patch.ts';
import { LISTS } from './library/lists.ts';
import { FORMAT_TYPE, NAMED_FORMATS } from './library/named-formats.ts';
import { OPERATORS } from './library/operators.ts';
import { MAP_INSERT, OPTIONALS } from './library/optionals.ts';
import { QUANTITIES, QUANTITY_TYPE } from './library/quantities.ts';
import { REGEX } from './library/regex.ts';
import { SEMVER_TYPE, SEMVERS } from './library/semvers.ts';
import { SETS } from './library/sets.ts';
import { STANDARD } from './library/standard.ts';
import { STRINGS_LIBRARY } from './library/strings.ts';
import { URL_TYPE, URLS } from './library/urls.ts';
import { WELL_KNOWN_MESSAGES } from './values/struct-literal.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  structType,
  TIMESTAMP,
  TYPE,
  typeOf,
  UINT,
  type CelType,
} from './types/cel-type.ts';
import { TypeValue } from './values/type-value.ts';
import { unescapeIdentifier } from './identifiers.ts';

/** `kubernetes` is the base environment of 1.36; `mutation` adds what mutating policies have. */
export type Libraries = 'kubernetes' | 'mutation';

export interface EnvironmentOptions {
  /** Name → type. */
  readonly variables: Readonly<Record<string, CelType>>;
  readonly libraries?: Libraries;
}

/** What expressions are compiled in. Making one is cheap: libraries are shared. */
export interface Environment {
  readonly variables: Readonly<Record<string, CelType>>;
  readonly scope: CheckerScope;
}

const BASE_LIBRARIES = [
  OPERATORS,
  CONVERSIONS,
  STANDARD,
  OPTIONALS,
  URLS,
  REGEX,
  LISTS,
  AUTHORIZER,
  QUANTITIES,
  STRINGS_LIBRARY,
  SETS,
  IP_LIBRARY,
  CIDR_LIBRARY,
  NAMED_FORMATS,
  MAP_INSERT,
  SEMVERS,
];

const FUNCTIONS: Readonly<Record<Libraries, FunctionTable>> = {
  kubernetes: newFunctionTable(BASE_LIBRARIES),
  mutation: newFunctionTable([...BASE_LIBRARIES, JSON_PATCH]),
};

/** Types that expressions can name. */
const NAMED_TYPES: readonly CelType[] = [
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listOf(DYN),
  mapOf(DYN, DYN),
  NULL,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
  optionalOf(DYN),
  URL_TYPE,
  QUANTITY_TYPE,
  IP_TYPE,
  CIDR_TYPE,
  FORMAT_TYPE,
  SEMVER_TYPE,
  AUTHORIZER_TYPE,
  PATH_CHECK_TYPE,
  GROUP_CHECK_TYPE,
  RESOURCE_CHECK_TYPE,
  DECISION_TYPE,
];

const TYPE_CONSTANTS = new Map(
  NAMED_TYPES.map((type) => [type.name, { type: typeOf(type), value: new TypeValue(type.name) }]),
);

/** One operation of a JSON patch, as mutations return it. */
const JSON_PATCH_TYPE = structType(
  'JSONPatch',
  new Map(
    [
      ['op', STRING] as const,
      ['path', STRING] as const,
      ['from', STRING] as const,
      ['value', DYN] as const,
    ].map(([name, type]) => [name, { type, jsonName: name }]),
  ),
);

/** `Object{…}` and `Object.spec{…}`, whose fields are whatever the object's schema has. */
const objectType = (name: string): CelType =>
  structType(name, {
    get: (field) => ({ type: DYN, jsonName: unescapeIdentifier(field) ?? field }),
  });

function mutationType(name: string): CelType | undefined {
  if (name === JSON_PATCH_TYPE.name) return JSON_PATCH_TYPE;
  return name === 'Object' || name.startsWith('Object.') ? objectType(name) : undefined;
}

/** Declares variables over the functions of Kubernetes 1.36. */
export function newEnvironment({
  variables,
  libraries = 'kubernetes',
}: EnvironmentOptions): Environment {
  return {
    variables,
    scope: {
      variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
      typeConstant: (name) => TYPE_CONSTANTS.get(name),
      messageType: (name) =>
        WELL_KNOWN_MESSAGES.get(name) ??
        (libraries === 'mutation' ? mutationType(name) : undefined),
      functions: FUNCTIONS[libraries],
    },
  };
}
