import { describe, expect, it } from 'vitest';
import { parseResolver, podResolver } from './resolver.ts';

const MACHINE = parseResolver(
  '# made by hand\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch old.test\nsearch lan.test\noptions ndots:1 edns0\n',
);

const pod = (spec: object) => ({
  metadata: { namespace: 'shop', name: 'web', uid: 'u' },
  spec: { containers: [], ...spec },
});

describe("A pod's resolver", () => {
  it('is read of a machine as resolv.conf(5) has it', () => {
    expect(MACHINE).toEqual({
      servers: ['10.0.0.1', '10.0.0.2'],
      searches: ['lan.test'],
      options: ['ndots:1', 'edns0'],
    });
  });

  it("is the engine's where the pod says nothing", () => {
    expect(podResolver(pod({ dnsPolicy: 'Default' }), MACHINE)).toBeUndefined();
  });

  const dnsConfig = {
    nameservers: ['10.0.0.2', '192.0.2.1', '192.0.2.2'],
    searches: ['shop.test'],
    options: [{ name: 'ndots', value: '5' }, { name: 'rotate' }],
  };

  it.each([
    {
      dnsPolicy: 'None',
      want: {
        servers: ['10.0.0.2', '192.0.2.1', '192.0.2.2'],
        searches: ['shop.test'],
        options: ['ndots:5', 'rotate'],
      },
    },
    {
      dnsPolicy: 'ClusterFirst',
      want: {
        servers: ['10.0.0.1', '10.0.0.2', '192.0.2.1'],
        searches: ['lan.test', 'shop.test'],
        options: ['ndots:5', 'edns0', 'rotate'],
      },
    },
  ])('is made of what it says by the policy $dnsPolicy', ({ dnsPolicy, want }) => {
    expect(podResolver(pod({ dnsPolicy, dnsConfig }), MACHINE)).toEqual(want);
  });
});
