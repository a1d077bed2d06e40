/** Units of cel-go `common/cost.go`; one is about the price of an operation on two numbers. */
export const LIST_CREATE_COST = 10;
export const MAP_CREATE_COST = 30;
export const STRUCT_CREATE_COST = 40;
/** Per code point or byte that is looked at. */
export const TRAVERSAL_FACTOR = 0.1;
/** Per character of a pattern, each of which is multiplied with the text's traversal. */
export const PATTERN_FACTOR = 0.25;
/** An authorization check: two fit into one evaluation (apiserver pkg/cel/library/cost.go). */
export const AUTHORIZATION_COST = 350_000;
/** A selector of length n has at most n/2 requirements, each a list and a struct. */
export const REQUIREMENTS_PER_CHARACTER = 0.5;
export const REQUIREMENT_COST = LIST_CREATE_COST + STRUCT_CREATE_COST;
/** What estimates take any named format's pattern for. */
export const MAX_FORMAT_PATTERN_SIZE = 128;
/** Longest name of a format. */
export const MAX_FORMAT_SIZE = 64;

/** Functions that cost one unit whatever they get. */
export const NOMINAL_FUNCTIONS: ReadonlySet<string> = new Set([
  'serviceAccount',
  'path',
  'group',
  'resource',
  'subresource',
  'namespace',
  'name',
  'allowed',
  'reason',
  'error',
  'errored',
  'masked',
  'prefixLength',
  'family',
  'isUnspecified',
  'isLoopback',
  'isLinkLocalMulticast',
  'isLinkLocalUnicast',
  'isGlobalUnicast',
  'format.named',
  'sign',
  'asInteger',
  'isInteger',
  'asApproximateFloat',
  'isGreaterThan',
  'isLessThan',
  'compareTo',
  'add',
  'sub',
  'major',
  'minor',
  'patch',
  'getScheme',
  'getHostname',
  'getHost',
  'getPort',
  'getEscapedPath',
  'getQuery',
]);

/** Factors of the product of the sizes that set functions are charged for, by overload. */
export const SET_FACTORS: ReadonlyMap<string, number> = new Map([
  ['sets_contains_list_list', 1],
  ['sets_intersects_list_list', 1],
  ['sets_equivalent_list_list', 2],
]);
