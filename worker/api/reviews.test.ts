import { describe, expect, it } from 'vitest';
import { call, mintToken, statusOf } from '../../test/workerd/api.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

interface Review {
  readonly status: Record<string, unknown>;
}

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const AUTHENTICATION = '/apis/authentication.k8s.io/v1';
const pods = { namespace: 'default', verb: 'create', resource: 'pods' };

async function review(path: string, spec: object, groups = ['system:masters']): Promise<Review> {
  const token = await mintToken({ groups });
  const response = await call(freshCluster(), 'POST', path, { body: { spec }, token });
  if (response.status !== 201) throw new Error(JSON.stringify(await statusOf(response)));
  return response.json<Review>();
}

describe('reviews', () => {
  it.each([
    [['system:masters'], { resourceAttributes: pods }, true],
    [['nobody'], { resourceAttributes: pods }, false],
    [['nobody'], { nonResourceAttributes: { path: '/apis/apps', verb: 'get' } }, true],
    [['nobody'], { nonResourceAttributes: { path: '/apis/apps', verb: 'post' } }, false],
  ])('AUTH-6: say what oneself may do: %j %j', async (groups, spec, allowed) => {
    const { status } = await review(`${AUTHORIZATION}/selfsubjectaccessreviews`, spec, groups);
    expect(status).toMatchObject({ allowed });
  });

  it('AUTH-6: say what somebody else may do', async () => {
    const spec = { user: 'jane', groups: ['system:masters'], resourceAttributes: pods };
    expect((await review(`${AUTHORIZATION}/subjectaccessreviews`, spec)).status).toEqual({
      allowed: true,
    });
    const local = `${AUTHORIZATION}/namespaces/default/localsubjectaccessreviews`;
    expect((await review(local, { ...spec, groups: [] })).status).toEqual({ allowed: false });
  });

  it('AUTH-6: refuse what is no question', async () => {
    for (const [path, spec, field] of [
      ['subjectaccessreviews', { resourceAttributes: pods }, 'spec.user'],
      ['selfsubjectaccessreviews', {}, 'spec.resourceAttributes'],
    ] as const) {
      const response = await call(freshCluster(), 'POST', `${AUTHORIZATION}/${path}`, {
        body: { spec },
      });
      expect(await statusOf(response)).toMatchObject({
        code: 422,
        details: { causes: [{ field }] },
      });
    }
  });

  it('AUTH-7: say who one is, and whose a token is', async () => {
    const own = await review(`${AUTHENTICATION}/selfsubjectreviews`, {}, ['a']);
    expect(own.status).toMatchObject({ userInfo: { username: 'tester' } });
    const token = await mintToken({ groups: ['a'] });
    const known = await review(`${AUTHENTICATION}/tokenreviews`, { token });
    expect(known.status).toMatchObject({ authenticated: true, user: { username: 'tester' } });
    const unknown = await review(`${AUTHENTICATION}/tokenreviews`, { token: 'x' });
    expect(unknown.status).not.toHaveProperty('authenticated');
  });
});
