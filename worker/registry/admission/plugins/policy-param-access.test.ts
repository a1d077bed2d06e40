import { describe, expect, it } from 'vitest';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import type { ResourceAccess } from '../../authz/authorizer.ts';
import { RESOURCES } from '../../resource-table.ts';
import type { AdmissionContext } from '../plugin.ts';
import { policyParamAccess } from './policy-param-access.ts';

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = `validatingadmissionpolicies.${GROUP}`;
const BINDINGS = `validatingadmissionpolicybindings.${GROUP}`;

const policy = (spec: object) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec,
});
const binding = (paramRef?: object) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p', ...(paramRef === undefined ? {} : { paramRef }) },
});
const ON_MAPS = policy({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } });

/** Notes what is asked, and allows what is listed. */
function contextFor(allowed: readonly string[], elsewhere: readonly string[] = []) {
  const asked: string[] = [];
  const tell = ({ verb, apiGroup, resource, namespace, name }: ResourceAccess): string =>
    [verb, `${resource}.${apiGroup}`, namespace, name].join(' ');
  const resources: AdmissionContext['resources'] = {
    get: (resource) => RESOURCES.get(resource),
    view: () => undefined,
    isTerminating: () => false,
    ofKind: (group, kind) =>
      group === '' && kind === 'ConfigMap' ? RESOURCES.get('configmaps') : undefined,
  };
  const context = contextOf(
    { [POLICIES]: [ON_MAPS] },
    {
      namespace: '',
      resources,
      authorizer: {
        authorize: (_, access) => {
          const text = tell(access as ResourceAccess);
          asked.push(text);
          return { allowed: allowed.includes(text), reason: '' };
        },
      },
      inquiries: {
        ask: (inquiries) =>
          inquiries.map((inquiry) => {
            if (inquiry.kind !== 'access') throw new Error('only permission is asked about');
            const text = tell(inquiry.access as ResourceAccess);
            return { allowed: elsewhere.includes(text), reason: '' } as never;
          }),
      },
    },
  );
  return { context, asked };
}

const refusal = (attributes: ReturnType<typeof request>, context: AdmissionContext) =>
  refusalOf(policyParamAccess, attributes, context);

describe('who writes a policy with parameters', () => {
  it('must be able to read all objects of their kind', () => {
    const { context, asked } = contextFor([]);
    expect(refusal(request(POLICIES, { object: ON_MAPS }), context)).toContain(
      'spec.paramKind: Forbidden: user &{alice  [system:authenticated] map[]} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)',
    );
    expect(asked).toEqual(['get configmaps. * *']);
    const reader = contextFor(['get configmaps. * *']);
    expect(refusal(request(POLICIES, { object: ON_MAPS }), reader.context)).toBeNull();
  });

  it('must be able to read everything of a group whose kind is not known', () => {
    const object = policy({ paramKind: { apiVersion: 'x.io/v1', kind: 'Limit' } });
    const { context, asked } = contextFor(['get *.x.io * *']);
    expect(refusal(request(POLICIES, { object }), context)).toBeNull();
    expect(asked).toEqual(['get *.x.io * *']);
  });

  it('is not asked where nothing changes, there are none, or he may do everything', () => {
    const { context, asked } = contextFor([]);
    const update = { operation: 'UPDATE', object: ON_MAPS, oldObject: ON_MAPS } as const;
    expect(refusal(request(POLICIES, update), context)).toBeNull();
    expect(refusal(request(POLICIES, { object: policy({}) }), context)).toBeNull();
    const user = { name: 'root', groups: ['system:masters'] };
    expect(refusal(request(POLICIES, { object: ON_MAPS, user }), context)).toBeNull();
    expect(asked).toEqual([]);
  });
});

describe('who binds a policy to parameters', () => {
  it('must be able to read the object, or to list them', () => {
    const named = binding({ name: 'm', namespace: 'shop' });
    const { context, asked } = contextFor([]);
    expect(refusal(request(BINDINGS, { object: named }), context)).toContain(
      'spec.paramRef: Forbidden: user &{alice  [system:authenticated] map[]} does not have "get" permission on the object referenced by paramRef',
    );
    expect(asked).toEqual(['get configmaps. shop m']);
    const selected = binding({ selector: {} });
    const lister = contextFor(['list configmaps.  ']);
    expect(refusal(request(BINDINGS, { object: selected }), lister.context)).toBeNull();
  });

  it('may be allowed by the roles of the namespace that they are in', () => {
    const { context } = contextFor([], ['get configmaps. shop m']);
    const object = binding({ name: 'm', namespace: 'shop' });
    expect(refusal(request(BINDINGS, { object }), context)).toBeNull();
  });

  it('must be able to read everything where the policy is not there', () => {
    const { context, asked } = contextFor([]);
    const object = {
      ...binding({ name: 'm' }),
      spec: { policyName: 'q', paramRef: { name: 'm' } },
    };
    expect(refusal(request(BINDINGS, { object }), context)).toContain('unable to get policy q');
    expect(asked).toEqual(['get *.*  m']);
  });
});
