import { randomUUID } from 'node:crypto';
import { beforeAll, describe } from 'vitest';
import { containerRuntimeContract } from '../../../test/contract/container-runtime.ts';
import { buildBusyboxImage } from '../../../test/fakes/busybox-image.ts';
import { systemClock } from '../../clock.ts';
import { DockerRuntime } from './docker-runtime.ts';

const IMAGE = 'fairlead.test/busybox:1';

describe('The Docker driver', () => {
  beforeAll(() => buildBusyboxImage(IMAGE));

  containerRuntimeContract(async () => {
    const node = { cluster: `test-${randomUUID().slice(0, 8)}`, node: 'contract' };
    return { runtime: new DockerRuntime({ node, clock: systemClock }), image: IMAGE };
  });
});
