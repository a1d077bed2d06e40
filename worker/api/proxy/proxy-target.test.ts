import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nodeTarget, podTarget, servicePortName, serviceTarget } from './proxy-target.ts';
import { parseSchemeNamePort, type SchemeNamePort } from './scheme-name-port.ts';

const asked = (text: string): SchemeNamePort => {
  const parsed = parseSchemeNamePort(text);
  if (parsed === null) throw new Error(`${text} is no request`);
  return parsed;
};

function pod(fields: { podIP?: string; nodeName?: string; ports?: number[] } = {}): string {
  const { podIP = '172.17.0.2', nodeName = 'n1', ports = [8080, 9090] } = fields;
  const object: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'ns', name: 'web', uid: 'u1' },
    spec: {
      nodeName,
      containers: [{ name: 'a' }, { ports: ports.map((containerPort) => ({ containerPort })) }],
    },
    status: { podIP },
  };
  return JSON.stringify(object);
}

const address = (ip: string, uid: string) => ({
  ip,
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'ns', name: `pod-${uid}`, uid },
});
const endpoints = (subsets: object[]) => JSON.stringify({ subsets });
const first = () => 0;

describe('the pod that a request is passed on to', () => {
  it.each([
    ['web', '8080', '172.17.0.2:8080'],
    ['web:81', '81', '172.17.0.2:81'],
    ['https:web:named', 'named', '172.17.0.2:named'],
  ])('PROXY-1: %s is at port %s', (text, port, host) => {
    expect(podTarget(pod(), asked(text))).toEqual({
      node: 'n1',
      target: { to: 'pod', namespace: 'ns', name: 'web', uid: 'u1', port },
      host,
    });
  });

  it('PROXY-1: without declared ports it is the port of the scheme', () => {
    const { target, host } = podTarget(pod({ ports: [] }), asked('web'));
    expect([target.port, host]).toEqual(['', '172.17.0.2']);
  });

  it('PROXY-5: a pod without an address cannot be reached', () => {
    expect(() => podTarget(pod({ podIP: '' }), asked('web'))).toThrow('address not allowed');
  });
});

describe('the endpoint of a service that a request is passed on to', () => {
  const service = JSON.stringify({ spec: { ports: [{ port: 80, name: 'web' }, { port: 81 }] } });

  it('PROXY-1: a number is that of the service, and means the port by its name', () => {
    expect(servicePortName(service, asked('svc:80'))).toBe('web');
    expect(servicePortName(service, asked('svc:81'))).toBe('');
    expect(servicePortName(service, asked('svc:web'))).toBe('web');
    expect(servicePortName(service, asked('svc'))).toBe('');
    expect(() => servicePortName(service, asked('svc:82'))).toThrow(
      'no service port 82 found for service "svc"',
    );
  });

  it('PROXY-1: any of the ready endpoints that have the port', () => {
    const subsets = endpoints([
      { ports: [{ name: 'web', port: 8080 }], addresses: [address('1.1.1.1', 'a')] },
      { ports: [{ name: 'web', port: 8080 }], notReadyAddresses: [address('1.1.1.2', 'b')] },
      { ports: [{ name: 'web', port: 8081 }], addresses: [address('1.1.1.3', 'c')] },
      { ports: [{ name: 'other', port: 9 }], addresses: [address('1.1.1.4', 'd')] },
    ]);
    const request = { name: 'svc', text: 'svc:web' };
    const hosts = [0, 1].map(
      (index) =>
        serviceTarget(subsets, 'web', request, (below) => {
          expect(below).toBe(2);
          return index;
        }).host,
    );
    expect(hosts).toEqual(['1.1.1.1:8080', '1.1.1.3:8081']);
  });

  it('PROXY-5: without a ready endpoint it says so as upstream does', () => {
    const request = { name: 'svc', text: 'svc:web' };
    expect(() => serviceTarget(endpoints([]), 'web', request, first)).toThrow(
      'no endpoints available for service "svc"',
    );
    const notReady = endpoints([
      { ports: [{ name: 'web', port: 1 }], notReadyAddresses: [address('1.1.1.1', 'a')] },
    ]);
    expect(() => serviceTarget(notReady, 'web', request, first)).toThrow(
      'no endpoints available for service "svc:web"',
    );
  });

  it('PROXY-5: an endpoint that no node has cannot be reached', () => {
    const outside = endpoints([{ ports: [{ port: 80 }], addresses: [{ ip: '192.0.2.1' }] }]);
    expect(() => serviceTarget(outside, '', { name: 'svc', text: 'svc' }, first)).toThrow(
      'error trying to reach service: the endpoint 192.0.2.1 is no pod of a node',
    );
  });
});

describe('the node that a request is passed on to', () => {
  it.each([
    ['n1', '', 'n1:10250'],
    ['n1:10250', '', 'n1:10250'],
    ['https:n1:10250', '', 'n1:10250'],
    ['n1:9100', '9100', 'n1:9100'],
  ])('PROXY-1: %s', (text, port, host) => {
    expect(nodeTarget('n1', asked(text))).toEqual({
      node: 'n1',
      target: { to: 'node', port },
      host,
    });
  });
});
