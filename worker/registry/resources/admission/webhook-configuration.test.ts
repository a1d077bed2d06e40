import { describe, expect, it } from 'vitest';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';

const VALIDATING = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
const MUTATING = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';

const rule = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments', 'deployments/scale'],
};

const hook = {
  name: 'policy.example.com',
  clientConfig: { service: { name: 'hook', namespace: 'kube-system', path: '/v1/check' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  matchConditions: [
    { name: 'not-a-node', expression: "!('system:nodes' in request.userInfo.groups)" },
    {
      name: 'may',
      expression: "authorizer.requestResource.check('get').allowed() && request.namespace != 'x'",
    },
    { name: 'labelled', expression: "namespaceObject.metadata.labels['a'] == 'b'" },
  ],
};
const configuration = { webhooks: [hook] };
const AT = 'webhooks[0]';

describe('webhook configurations', () => {
  it('get the defaults of upstream', () => {
    const object = created(MUTATING, configuration);
    expect(object.webhooks).toMatchObject([
      {
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
        rules: [{ scope: '*' }],
        clientConfig: { service: { port: 443 } },
      },
    ]);
    expect(errorsOf(MUTATING, object)).toEqual([]);
    const other = created(VALIDATING, configuration);
    expect(other.webhooks).not.toHaveProperty('0.reinvocationPolicy');
    expect(errorsOf(VALIDATING, other)).toEqual([]);
  });

  const URL_FIELD = `${AT}.clientConfig.url`;
  const FORM = '; desired format: https://host[/path]';
  it.each<[string, unknown, string[]]>([
    [
      'name',
      'short',
      [
        `${AT}.name: Invalid value: "short": should be a domain with at least three segments separated by dots`,
      ],
    ],
    [
      'failurePolicy',
      'X',
      [`${AT}.failurePolicy: Unsupported value: "X": supported values: "Fail", "Ignore"`],
    ],
    [
      'sideEffects',
      undefined,
      [`${AT}.sideEffects: Required value: must specify one of None, NoneOnDryRun`],
    ],
    [
      'sideEffects',
      'Some',
      [`${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
    ],
    [
      'timeoutSeconds',
      31,
      [
        `${AT}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
      ],
    ],
    [
      'reinvocationPolicy',
      'X',
      [`${AT}.reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"`],
    ],
    [
      'clientConfig',
      {},
      [`${AT}.clientConfig: Required value: exactly one of url or service is required`],
    ],
    ['clientConfig', { url: 'https://example.com/a' }, []],
    [
      'clientConfig',
      { url: 'http://u@/a?b#c' },
      [
        `${URL_FIELD}: Invalid value: "http": 'https' is the only allowed URL scheme${FORM}`,
        `${URL_FIELD}: Invalid value: "": host must be specified${FORM}`,
        `${URL_FIELD}: Invalid value: "u": user information is not permitted in the URL`,
        `${URL_FIELD}: Invalid value: "c": fragments are not permitted in the URL`,
        `${URL_FIELD}: Invalid value: "b": query parameters are not permitted in the URL`,
      ],
    ],
    [
      'clientConfig',
      { url: 'example' },
      [
        `${URL_FIELD}: Invalid value: "": 'https' is the only allowed URL scheme${FORM}`,
        `${URL_FIELD}: Invalid value: "": host must be specified${FORM}`,
      ],
    ],
    [
      'clientConfig',
      { url: 'https://a b' },
      [
        `${URL_FIELD}: Required value: url must be a valid URL: parse "https://a b": invalid character " " in host name${FORM}`,
      ],
    ],
    [
      'clientConfig.service',
      { path: 'a//B', port: 0 },
      [
        `${AT}.clientConfig.service.name: Required value: service name is required`,
        `${AT}.clientConfig.service.namespace: Required value: service namespace is required`,
        `${AT}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": must start with a '/'`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": segment[0] may not be empty`,
        `${AT}.clientConfig.service.path: Invalid value: "a//B": segment[1] may not be empty`,
        expect.stringContaining(
          `service.path: Invalid value: "a//B": segment[2]: a lowercase RFC 1123 subdomain`,
        ) as string,
      ],
    ],
    [
      'admissionReviewVersions',
      null,
      [`${AT}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`],
    ],
    [
      'admissionReviewVersions',
      ['v2', 'v2'],
      [
        `${AT}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${AT}.admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
      ],
    ],
    [
      'rules.0',
      {},
      ['operations', 'apiGroups', 'apiVersions', 'resources'].map(
        (field) => `${AT}.rules[0].${field}: Required value`,
      ),
    ],
    [
      'rules.0.operations',
      ['*', 'GET'],
      [
        `${AT}.rules[0].operations: Invalid value: ["*","GET"]: if '*' is present, must not specify other operations`,
        `${AT}.rules[0].operations[1]: Unsupported value: "GET": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
      ],
    ],
    [
      'rules.0.apiVersions',
      ['*', ''],
      [
        `${AT}.rules[0].apiVersions: Invalid value: ["*",""]: if '*' is present, must not specify other API versions`,
        `${AT}.rules[0].apiVersions[1]: Required value`,
      ],
    ],
    [
      'rules.0.resources',
      ['pods/*', 'pods/log', '*/scale', 'a/scale', ''],
      [
        `${AT}.rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
        `${AT}.rules[0].resources[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale`,
        `${AT}.rules[0].resources[4]: Required value`,
      ],
    ],
    [
      'rules.0.resources',
      ['*', 'pods'],
      [
        `${AT}.rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      'rules.0.resources',
      ['*/*', 'pods/log'],
      [
        `${AT}.rules[0].resources: Invalid value: ["*/*","pods/log"]: if '*/*' is present, must not specify other resources`,
      ],
    ],
    [
      'rules.0.scope',
      'X',
      [
        `${AT}.rules[0].scope: Unsupported value: "X": supported values: "*", "Cluster", "Namespaced"`,
      ],
    ],
    [
      'matchConditions',
      [{ name: '', expression: ' ' }],
      [
        `${AT}.matchConditions[0].expression: Required value`,
        `${AT}.matchConditions[0].name: Required value`,
      ],
    ],
    [
      'matchConditions',
      [{ name: 'a', expression: 'object.x' }],
      [
        `${AT}.matchConditions[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn`,
      ],
    ],
    [
      'matchConditions',
      [{ name: 'a', expression: 'params.x == 1' }],
      [
        `${AT}.matchConditions[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
      ],
    ],
    [
      'matchConditions',
      [
        { name: 'a', expression: 'true' },
        { name: 'a', expression: 'true' },
      ],
      [`${AT}.matchConditions[1].name: Duplicate value: "a"`],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(MUTATING, withValue(configuration, `webhooks.0.${path}`, value));
    expect(errorsOf(MUTATING, object)).toEqual(want);
  });

  it('may go on with what was let in', () => {
    const bad = withValue(configuration, 'webhooks', [
      {
        ...hook,
        sideEffects: 'Some',
        admissionReviewVersions: ['v2'],
        matchConditions: [{ name: 'a', expression: '1 +' }],
      },
      { ...hook, sideEffects: 'Some', admissionReviewVersions: ['v2'] },
    ]);
    const old = created(VALIDATING, bad);
    expect(errorsOf(VALIDATING, old)).not.toEqual([]);
    expect(errorsOf(VALIDATING, updated(VALIDATING, bad, old), old)).toEqual([]);
    const next = withValue(old, 'webhooks.1.matchConditions', []);
    expect(errorsOf(VALIDATING, next, old)).toEqual([
      expect.stringContaining(
        `${AT}.matchConditions[0].expression: Invalid value: "1 +": compilation failed`,
      ),
    ]);
  });
});
