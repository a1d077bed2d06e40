import { describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { RuntimeError } from '../runtime/container-runtime.ts';
import type { ImageStatus, RegistryCredentials } from '../runtime/container-runtime.ts';
import { ImagePulls } from './image-pulls.ts';
import type { ImageRequest } from './image-pulls.ts';
import { newSlots } from './slots.ts';

const IMAGE: ImageStatus = { id: 'sha256:1', names: ['web:1'], sizeBytes: 42 };

/** @param pull answers for who asks, by the name of the user */
function given(pull: (username: string) => Promise<ImageStatus>, slots = 2) {
  const clock = new ManualClock();
  const said: string[] = [];
  const pulled: string[] = [];
  let settled = (): void => undefined;
  const pulls = new ImagePulls(
    {
      clock,
      withPullSlot: newSlots(slots),
      mayUseImage: (_, credentials) => credentials().some(({ username }) => username === 'c'),
      onPulled: (image, credentials) =>
        pulled.push(`${image} by ${credentials?.username ?? 'anybody'}`),
      runtime: {
        pullImage: (_, credentials) => pull(credentials?.username ?? 'nobody'),
        imageStatus: async () => IMAGE,
      },
    },
    () => settled(),
  );
  const request = (...users: string[]): ImageRequest => ({
    key: 'main',
    image: 'web:1',
    policy: 'Always',
    credentials: (): RegistryCredentials[] => users.map((username) => ({ username })),
    record: (_, reason, message) => said.push(`${reason}: ${message}`),
  });
  /** Asks, and waits for the end of the pull that this begins. */
  const pullOnce = async (asked: ImageRequest) => {
    const ended = new Promise<void>((resolve) => (settled = resolve));
    await pulls.ensure(asked);
    await ended;
    return pulls.ensure(asked);
  };
  return { clock, pulls, said, pulled, request, pullOnce };
}

const refused = (username: string) =>
  Promise.reject(new RuntimeError('Failed', `unauthorized: ${username}`));

describe('A pull', () => {
  it('goes on with the next credentials until some will do', async () => {
    const { pullOnce, request, said, pulled } = given((username) =>
      username === 'c' ? Promise.resolve(IMAGE) : refused(username),
    );
    expect(await pullOnce(request('a', 'b', 'c', 'd'))).toEqual({ kind: 'ready', image: IMAGE });
    expect(pulled).toEqual(['web:1 by c']);
    expect(said).toEqual([
      'Pulling: Pulling image "web:1"',
      'Pulled: Successfully pulled image "web:1" in 0ms (0ms including waiting). Image size: 42 bytes.',
    ]);
  });

  it('is tried without credentials when none fit', async () => {
    const { pullOnce, request } = given((username) =>
      username === 'nobody' ? Promise.resolve(IMAGE) : refused(username),
    );
    expect(await pullOnce(request())).toMatchObject({ kind: 'ready' });
  });

  it('says what all credentials came to, then waits, then is tried again', async () => {
    const { clock, pullOnce, pulls, request, said } = given(refused);
    const message = '[unauthorized: a, unauthorized: b]';
    expect(await pullOnce(request('a', 'b'))).toMatchObject({
      reason: { reason: 'ErrImagePull', message },
    });
    expect(await pulls.ensure(request('a', 'b'))).toMatchObject({
      reason: {
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "web:1": ErrImagePull: ${message}`,
      },
      wakeAtMs: clock.now() + 10_000,
    });
    expect(said.slice(1)).toEqual([
      `Failed: Failed to pull image "web:1": ${message}`,
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "web:1"',
      'Failed: Error: ImagePullBackOff',
    ]);
    clock.advance(10_000);
    expect(await pullOnce(request('a'))).toMatchObject({
      reason: { message: 'unauthorized: a' },
      wakeAtMs: clock.now() + 1_000,
    });
    expect(await pulls.ensure(request('a'))).toMatchObject({ wakeAtMs: clock.now() + 20_000 });
  });

  it.each([
    { policy: 'IfNotPresent' as const, users: ['c'], want: 'ready' },
    { policy: 'IfNotPresent' as const, users: ['a'], want: 'pulled' },
    { policy: 'Never' as const, users: ['c'], want: 'ready' },
    { policy: 'Never' as const, users: ['a'], want: 'refused' },
  ])(
    'of an image that is present: $want for $users by $policy',
    async ({ policy, users, want }) => {
      const { pulls, request, said } = given(() => Promise.resolve(IMAGE));
      const state = await pulls.ensure({ ...request(...users), policy });
      if (want === 'ready')
        expect(said).toEqual([expect.stringContaining('can be accessed by the pod')]);
      else if (want === 'pulled') expect(said).toEqual(['Pulling: Pulling image "web:1"']);
      else {
        expect(state).toMatchObject({
          reason: {
            reason: 'ErrImageNeverPull',
            message:
              'Container image "web:1" is present with pull policy of Never but does not have the proper credentials to access the image',
          },
        });
      }
    },
  );

  it('fails with what is wrong with a secret', async () => {
    const { pullOnce, request } = given(() => Promise.resolve(IMAGE));
    const broken = {
      ...request(),
      credentials: () => {
        throw new Error('image pull secret shop/keys has no valid .dockercfg');
      },
    };
    expect(await pullOnce(broken)).toMatchObject({
      reason: { message: 'image pull secret shop/keys has no valid .dockercfg' },
    });
  });

  it('waits for its turn, and tells so', async () => {
    const ends: (() => void)[] = [];
    const { clock, pulls, request, said } = given(
      () => new Promise((resolve) => ends.push(() => resolve(IMAGE))),
      1,
    );
    await pulls.ensure({ ...request(), key: 'first' });
    await pulls.ensure({ ...request(), key: 'second' });
    expect(ends).toHaveLength(1);
    clock.advance(1500);
    ends[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(2);
    clock.advance(250);
    ends[1]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(said.at(-1)).toContain('in 250ms (1.75s including waiting)');
  });
});
