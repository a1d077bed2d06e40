import { parseFieldSelector, type FieldRequirement } from '../../apimachinery/field-selector.ts';
import { parseRequirements } from '../../apimachinery/label-selector-parser.ts';
import type { LabelRequirement } from '../../apimachinery/label-requirement.ts';
import { validateDNS1123Label, nameIsDNSSubdomain } from '../../apimachinery/names.ts';
import { BOOL, STRING, structType, type CelType } from '../types/cel-type.ts';
import { ErrorValue, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asString, instanceOf } from './arguments.ts';
import { declare, memberOverload, type FunctionDeclaration } from './declaration.ts';

/** What a selector says, or why it could not be read; then the question is about everything. */
export type Parsed<T> =
  | { readonly requirements: T; readonly error?: undefined }
  | { readonly error: string };

/** Who asks. */
export interface AuthorizerUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What is asked for: a path, or a resource. Absent attributes are empty. */
export interface AuthorizerAttributes {
  readonly user: AuthorizerUser;
  readonly verb: string;
  readonly isResourceRequest: boolean;
  readonly path: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Requirements of the selectors; undefined where none was given. */
  readonly fieldSelector: Parsed<readonly FieldRequirement[]> | undefined;
  readonly labelSelector: Parsed<readonly LabelRequirement[]> | undefined;
}

export interface AuthorizerDecision {
  readonly allowed: boolean;
  readonly reason: string;
  /** Why the question could not be answered, if so. */
  readonly error?: string;
}

export type Authorize = (attributes: AuthorizerAttributes) => AuthorizerDecision;

const authorizationType = (name: string): CelType => structType(`kubernetes.authorization.${name}`);

export const AUTHORIZER_TYPE = authorizationType('Authorizer');
export const PATH_CHECK_TYPE = authorizationType('PathCheck');
export const GROUP_CHECK_TYPE = authorizationType('GroupCheck');
export const RESOURCE_CHECK_TYPE = authorizationType('ResourceCheck');
export const DECISION_TYPE = authorizationType('Decision');

/** A question that is being put together; what `authorizer.…` builders give. */
abstract class Check extends CelObject {
  override equals(other: Value): Value {
    return other instanceof Check && other.type === this.type ? other === this : NO_SUCH_OVERLOAD;
  }
}

/** The variable `authorizer`: questions about a user, answered by a function of the caller. */
export class AuthorizerValue extends Check {
  readonly type: CelType = AUTHORIZER_TYPE;
  readonly user: AuthorizerUser;
  readonly authorize: Authorize;

  constructor(user: AuthorizerUser, authorize: Authorize) {
    super();
    this.user = user;
    this.authorize = authorize;
  }
}

interface PathOrGroup {
  readonly authorizer: AuthorizerValue;
  readonly text: string;
}

class PathCheck extends Check {
  readonly type: CelType = PATH_CHECK_TYPE;
  readonly check: PathOrGroup;

  constructor(check: PathOrGroup) {
    super();
    this.check = check;
  }
}

class GroupCheck extends Check {
  readonly type: CelType = GROUP_CHECK_TYPE;
  readonly check: PathOrGroup;

  constructor(check: PathOrGroup) {
    super();
    this.check = check;
  }
}

interface ResourceQuestion {
  readonly authorizer: AuthorizerValue;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

/** A resource to ask about; also the variable `authorizer.requestResource`. */
export class ResourceCheck extends Check {
  readonly type: CelType = RESOURCE_CHECK_TYPE;
  readonly question: ResourceQuestion;

  constructor(question: ResourceQuestion) {
    super();
    this.question = question;
  }
}

class Decision extends Check {
  readonly type: CelType = DECISION_TYPE;
  readonly decision: AuthorizerDecision;

  constructor(decision: AuthorizerDecision) {
    super();
    this.decision = decision;
  }
}

const NOTHING = {
  path: '',
  apiGroup: '',
  apiVersion: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: undefined,
  labelSelector: undefined,
};

function parseSelector<T>(text: string, parse: (text: string) => T): Parsed<T> | undefined {
  if (text === '') return undefined;
  try {
    return { requirements: parse(text) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function checkPath(check: PathCheck, verb: string): Decision {
  const { authorizer, text } = check.check;
  const { user } = authorizer;
  return new Decision(
    authorizer.authorize({ ...NOTHING, user, verb, isResourceRequest: false, path: text }),
  );
}

function checkResource({ question }: ResourceCheck, verb: string): Decision {
  const { authorizer, group, fieldSelector, labelSelector, ...names } = question;
  return new Decision(
    authorizer.authorize({
      ...NOTHING,
      ...names,
      user: authorizer.user,
      verb,
      isResourceRequest: true,
      apiGroup: group,
      apiVersion: '*',
      fieldSelector: parseSelector(fieldSelector, (text) => parseFieldSelector(text).requirements),
      labelSelector: parseSelector(labelSelector, parseRequirements),
    }),
  );
}

function serviceAccount([authorizer, namespaceValue, nameValue]: readonly Value[]): Value {
  const namespace = asString(namespaceValue);
  const name = asString(nameValue);
  if (nameIsDNSSubdomain(name, false).length > 0) {
    return new ErrorValue('Invalid service account name');
  }
  if (validateDNS1123Label(namespace).length > 0) {
    return new ErrorValue('Invalid service account namespace');
  }
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const user = { name: `system:serviceaccount:${namespace}:${name}`, groups };
  return new AuthorizerValue(user, instanceOf(AuthorizerValue, authorizer).authorize);
}

function resourceOf([group, resource]: readonly Value[]): Value {
  const name = asString(resource);
  if (name.trim() === '') return new ErrorValue('resource must not be empty');
  const { authorizer, text } = instanceOf(GroupCheck, group).check;
  return new ResourceCheck({
    authorizer,
    group: text,
    resource: name,
    subresource: '',
    namespace: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
  });
}

const narrowing = (name: Exclude<keyof ResourceQuestion, 'authorizer'>): FunctionDeclaration => {
  const id = name.endsWith('Selector')
    ? `authorizer_${name.toLowerCase()}`
    : `resourcecheck_${name}`;
  return declare(
    name,
    memberOverload(id, [RESOURCE_CHECK_TYPE, STRING], RESOURCE_CHECK_TYPE, ([check, text]) => {
      const { question } = instanceOf(ResourceCheck, check);
      return new ResourceCheck({ ...question, [name]: asString(text) });
    }),
  );
};

const answer = (
  name: string,
  result: CelType,
  read: (decision: AuthorizerDecision) => Value,
): FunctionDeclaration =>
  declare(
    name,
    memberOverload(`decision_${name}`, [DECISION_TYPE], result, ([decision]) =>
      read(instanceOf(Decision, decision).decision),
    ),
  );

/** Authorization checks (apiserver pkg/cel/library/authz.go, with selectors). */
export const AUTHORIZER: readonly FunctionDeclaration[] = [
  declare(
    'path',
    memberOverload(
      'authorizer_path',
      [AUTHORIZER_TYPE, STRING],
      PATH_CHECK_TYPE,
      ([value, path]) => {
        const text = asString(path);
        if (text.trim() === '') return new ErrorValue('path must not be empty');
        return new PathCheck({ authorizer: instanceOf(AuthorizerValue, value), text });
      },
    ),
  ),
  declare(
    'group',
    memberOverload(
      'authorizer_group',
      [AUTHORIZER_TYPE, STRING],
      GROUP_CHECK_TYPE,
      ([value, text]) =>
        new GroupCheck({ authorizer: instanceOf(AuthorizerValue, value), text: asString(text) }),
    ),
  ),
  declare(
    'serviceAccount',
    memberOverload(
      'authorizer_serviceaccount',
      [AUTHORIZER_TYPE, STRING, STRING],
      AUTHORIZER_TYPE,
      serviceAccount,
    ),
  ),
  declare(
    'resource',
    memberOverload(
      'groupcheck_resource',
      [GROUP_CHECK_TYPE, STRING],
      RESOURCE_CHECK_TYPE,
      resourceOf,
    ),
  ),
  narrowing('subresource'),
  narrowing('namespace'),
  narrowing('name'),
  narrowing('fieldSelector'),
  narrowing('labelSelector'),
  declare(
    'check',
    memberOverload('pathcheck_check', [PATH_CHECK_TYPE, STRING], DECISION_TYPE, ([check, verb]) =>
      checkPath(instanceOf(PathCheck, check), asString(verb)),
    ),
    memberOverload(
      'resourcecheck_check',
      [RESOURCE_CHECK_TYPE, STRING],
      DECISION_TYPE,
      ([check, verb]) => checkResource(instanceOf(ResourceCheck, check), asString(verb)),
    ),
  ),
  answer('errored', BOOL, ({ error }) => error !== undefined),
  answer('error', STRING, ({ error }) => error ?? ''),
  answer('allowed', BOOL, ({ allowed }) => allowed),
  answer('reason', STRING, ({ reason }) => reason),
];
