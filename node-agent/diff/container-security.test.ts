import { describe, expect, it } from 'vitest';
import { containerSecurity, seccompProfile, verifyRunAsNonRoot } from './container-security.ts';

const pod = (securityContext: object = {}) => ({
  metadata: { namespace: 'shop', name: 'web', uid: 'u' },
  spec: { containers: [], securityContext },
});
const container = (securityContext: object = {}) => ({ name: 'main', securityContext });

describe('Whom a container runs as', () => {
  it.each([
    { ofPod: {}, own: {}, image: {}, want: {} },
    { ofPod: { runAsUser: 1 }, own: {}, image: {}, want: { runAsUser: '1' } },
    { ofPod: { runAsUser: 1 }, own: { runAsUser: 0 }, image: {}, want: { runAsUser: '0' } },
    {
      ofPod: { runAsGroup: 5 },
      own: {},
      image: { user: 'app:7' },
      want: { runAsUser: 'app', runAsGroup: 5 },
    },
    { ofPod: {}, own: { runAsGroup: 5 }, image: {}, want: { runAsUser: '0', runAsGroup: 5 } },
  ])('is $want for $ofPod, $own and the image $image', ({ ofPod, own, image, want }) => {
    const { runAsUser, runAsGroup } = containerSecurity(pod(ofPod), container(own), image);
    expect(JSON.parse(JSON.stringify({ runAsUser, runAsGroup }))).toEqual(want);
  });

  const WHERE = '(pod: "web_shop(u)", container: main)';

  it.each([
    { own: { runAsUser: 1 }, image: {}, want: undefined },
    {
      own: { runAsUser: 0 },
      image: {},
      want: `container's runAsUser breaks non-root policy ${WHERE}`,
    },
    { own: {}, image: { user: '7:0' }, want: undefined },
    { own: {}, image: {}, want: `container has runAsNonRoot and image will run as root ${WHERE}` },
    {
      own: {},
      image: { user: 'app' },
      want: `container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root ${WHERE}`,
    },
    { own: { runAsNonRoot: false }, image: {}, want: undefined },
  ])('must not be root: $own, $image', ({ own, image, want }) => {
    const verify = () => verifyRunAsNonRoot(pod({ runAsNonRoot: true }), container(own), image);
    if (want === undefined) expect(verify).not.toThrow();
    else expect(verify).toThrow(want);
  });
});

describe('What a container may do', () => {
  it('is joined of the pod and the container', () => {
    const shared = {
      fsGroup: 3,
      supplementalGroups: [1],
      seLinuxOptions: { level: 's0' },
      appArmorProfile: { type: 'Localhost', localhostProfile: 'strict' },
    };
    const own = { procMount: 'Unmasked', capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } };
    expect(containerSecurity(pod(shared), container(own), {})).toMatchObject({
      supplementalGroups: [1, 3],
      seLinuxOptions: { level: 's0' },
      appArmorProfile: 'strict',
      unmaskedProc: true,
      addCapabilities: ['NET_ADMIN'],
      dropCapabilities: ['ALL'],
    });
  });

  it.each([
    { ofPod: { type: 'Unconfined' }, own: undefined, want: { type: 'Unconfined' } },
    { ofPod: { type: 'Unconfined' }, own: { type: 'RuntimeDefault' }, want: undefined },
    { ofPod: undefined, own: undefined, want: undefined },
  ])('is filtered by $own before $ofPod', ({ ofPod, own, want }) => {
    const of = (profile: object | undefined) =>
      profile === undefined ? {} : { seccompProfile: profile };
    expect(seccompProfile(pod(of(ofPod)), container(of(own)))).toEqual(want);
  });
});
