/**
 * The naming rules of Kubernetes (k8s.io/apimachinery/pkg/util/validation). Each check returns the
 * messages for what is wrong, none when the value is good.
 */

interface PatternRule {
  readonly pattern: RegExp;
  /** What the rule demands, as clients read it. */
  readonly demand: string;
  readonly examples: readonly string[];
  /** The pattern as upstream prints it. */
  readonly printed: string;
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const ALPHANUMERIC_ENDS = 'and must start and end with an alphanumeric character';

const rule = (printed: string, demand: string, ...examples: string[]): PatternRule => ({
  pattern: new RegExp(`^(?:${printed})$`),
  demand,
  examples,
  printed,
});

const RULES = {
  dns1123Label: rule(
    LABEL,
    `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${ALPHANUMERIC_ENDS}`,
    'my-name',
    '123-abc',
  ),
  dns1123Subdomain: rule(
    SUBDOMAIN,
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${ALPHANUMERIC_ENDS}`,
    'example.com',
  ),
  subdomainWithUnderscore: rule(
    `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`,
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character`,
    'example.com',
  ),
  wildcardSubdomain: rule(
    `\\*\\.${SUBDOMAIN}`,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    '*.example.com',
  ),
  dns1035Label: rule(
    '[a-z]([-a-z0-9]*[a-z0-9])?',
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    'my-name',
    'abc-123',
  ),
  qualifiedNamePart: rule(
    QUALIFIED_NAME,
    `must consist of alphanumeric characters, '-', '_' or '.', ${ALPHANUMERIC_ENDS}`,
    'MyName',
    'my.name',
    '123-abc',
  ),
  labelValue: rule(
    LABEL_VALUE,
    `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${ALPHANUMERIC_ENDS}`,
    'MyValue',
    'my_value',
    '12345',
  ),
  configKey: rule(
    '[-._a-zA-Z0-9]+',
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  envVarName: rule(
    '[-._a-zA-Z][-._a-zA-Z0-9]*',
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    'my.env-name',
    'MY_ENV.NAME',
    'MyEnvName1',
  ),
  cIdentifier: rule(
    '[A-Za-z_][A-Za-z0-9_]*',
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    'my_name',
    'MY_NAME',
    'MyName',
  ),
  httpHeaderName: rule(
    '[-A-Za-z0-9]+',
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    'X-Header-Name',
  ),
  percent: rule(
    '[0-9]+%',
    "a valid percent string must be a numeric string followed by an ending '%'",
    '1%',
    '93%',
  ),
} satisfies Record<string, PatternRule>;

function messageOf({ demand, examples, printed }: PatternRule): string {
  const quoted = examples.map((e) => `'${e}'`).join(',  or ');
  const shown = examples.length === 0 ? '' : `e.g. ${quoted}, `;
  return `${demand} (${shown}regex used for validation is '${printed}')`;
}

const check = (value: string, which: keyof typeof RULES): string[] =>
  RULES[which].pattern.test(value) ? [] : [messageOf(RULES[which])];

const atMost = (value: string, max: number, unit: 'bytes' | 'characters'): string[] =>
  byteLength(value) <= max ? [] : [`must be no more than ${max} ${unit}`];

/** Length in UTF-8, which is what all length limits of the API count. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair accounts for two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

export function validateDNS1123Label(value: string): string[] {
  const isSubdomain = value.includes('.') && RULES.dns1123Subdomain.pattern.test(value);
  return [
    ...atMost(value, 63, 'characters'),
    ...(isSubdomain ? ['must not contain dots'] : check(value, 'dns1123Label')),
  ];
}

export const validateDNS1123Subdomain = (value: string): string[] => [
  ...atMost(value, 253, 'characters'),
  ...check(value, 'dns1123Subdomain'),
];

/** A subdomain as it stands in DNS records of services, which begin with underscores. */
export const validateSubdomainWithUnderscore = (value: string): string[] => [
  ...atMost(value, 253, 'characters'),
  ...check(value, 'subdomainWithUnderscore'),
];

/** `*.` and a subdomain, as certificates and Ingress hosts have it. */
export const validateWildcardSubdomain = (value: string): string[] => [
  ...atMost(value, 253, 'characters'),
  ...check(value, 'wildcardSubdomain'),
];

export const validateDNS1035Label = (value: string): string[] => [
  ...atMost(value, 63, 'characters'),
  ...check(value, 'dns1035Label'),
];

/** `[prefix/]name`, the form of label and annotation keys, finalizers, resource names. */
export function validateQualifiedName(value: string): string[] {
  const [first = '', second, ...rest] = value.split('/');
  if (rest.length > 0) {
    const demand = `a valid label key ${RULES.qualifiedNamePart.demand}`;
    const base = messageOf({
      ...RULES.qualifiedNamePart,
      demand,
      examples: ['MyName', 'my.name', '123-abc'],
    });
    return [`${base} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = second ?? first;
  const prefix = second === undefined ? undefined : first;
  const messages: string[] = [];
  if (prefix === '') messages.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    messages.push(...validateDNS1123Subdomain(prefix).map((m) => `prefix part ${m}`));
  }
  if (name === '') messages.push('name part must be non-empty');
  else messages.push(...atMost(name, 63, 'bytes').map((m) => `name part ${m}`));
  messages.push(...check(name, 'qualifiedNamePart').map((m) => `name part ${m}`));
  return messages;
}

export const validateLabelValue = (value: string): string[] => [
  ...atMost(value, 63, 'bytes'),
  ...check(value, 'labelValue'),
];

/** The rule for names that only have to fit into a URL path (RBAC objects, for instance). */
export function validatePathSegmentName(name: string, prefix: boolean): string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
}

/** A key of ConfigMap or Secret data. */
export function validateConfigMapKey(key: string): string[] {
  const messages = [...atMost(key, 253, 'characters'), ...check(key, 'configKey')];
  return [...messages, ...dotMessages(key)];
}

/** The names that are directories in every file system, or look like a relative path. */
function dotMessages(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

export const validateEnvVarName = (name: string): string[] => [
  ...check(name, 'envVarName'),
  ...dotMessages(name),
];

/** Any printable ASCII but `=`, the rule for variable names since v1.32. */
export function validateRelaxedEnvVarName(name: string): string[] {
  if (name === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]+$/.test(name)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ];
}

export const validateCIdentifier = (value: string): string[] => check(value, 'cIdentifier');
export const validateHTTPHeaderName = (value: string): string[] => check(value, 'httpHeaderName');
export const validatePercent = (value: string): string[] => check(value, 'percent');

export function validatePortNumber(port: number): string[] {
  return port >= 1 && port <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** The name of a container or service port (RFC 6335). */
export function validatePortName(name: string): string[] {
  const messages = atMost(name, 15, 'characters');
  if (!/^[-a-z0-9]*$/.test(name)) {
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) messages.push('must contain at least one letter (a-z)');
  if (name.includes('--')) messages.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(name)) messages.push('must not begin or end with a hyphen');
  return messages;
}

export const MAX_UNIX_ID = 2_147_483_647;
export function validateUserID(id: number): string[] {
  return id >= 0 && id <= MAX_UNIX_ID ? [] : [`must be between 0 and ${MAX_UNIX_ID}, inclusive`];
}

/** What a generated suffix will replace: a trailing `-` of a prefix is fine. */
const maskTrailingDash = (name: string): string =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;

/** A rule for object names, as a Strategy has it; `prefix` for generateName. */
export type NameRule = (name: string, prefix: boolean) => string[];

export const nameIsDNSSubdomain: NameRule = (name, prefix) =>
  validateDNS1123Subdomain(prefix ? maskTrailingDash(name) : name);

export const nameIsDNSLabel: NameRule = (name, prefix) =>
  validateDNS1123Label(prefix ? maskTrailingDash(name) : name);

export const nameIsDNS1035Label: NameRule = (name, prefix) =>
  validateDNS1035Label(prefix ? maskTrailingDash(name) : name);
