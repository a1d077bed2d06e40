import { expect, it } from 'vitest';
import { serviceEnvironment } from './service-environment.ts';

it.each([
  { server: 'https://k8s.example.com', want: ['k8s.example.com', '443'] },
  { server: 'https://192.0.2.1:6443/', want: ['192.0.2.1', '6443'] },
  { server: 'https://[2001:db8::1]:6443', want: ['2001:db8::1', '6443'] },
  { server: 'https://127.0.0.1:6443', want: null },
  { server: 'https://[::1]:6443', want: null },
  { server: 'https://localhost:6443', want: null },
  { server: 'http://192.0.2.1:6443', want: null },
  { server: 'https://k8s.example.com/clusters/blue', want: null },
])('pods find a server at $server by $want', ({ server, want }) => {
  const [host = '', port = ''] = want ?? [];
  expect(serviceEnvironment(server)).toEqual(
    want === null ? {} : { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port },
  );
});
