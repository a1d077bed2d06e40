/** Names and addresses that mean the machine itself, and so another one inside a container. */
const LOOPBACK = /^(localhost|.*\.localhost|127\..*|\[::1\]|0\.0\.0\.0|\[::\])$/;

/**
 * Where client libraries in a pod look for the API server. Empty where they could not reach it by
 * host and port: they speak TLS only, know nothing of a path before `/api`, and have a loopback
 * interface of their own.
 * @param server the API server's URL as the node uses it.
 */
export function serviceEnvironment(server: string): Readonly<Record<string, string>> {
  const { protocol, hostname, port, pathname } = new URL(server);
  if (protocol !== 'https:' || pathname !== '/' || LOOPBACK.test(hostname)) return {};
  return {
    KUBERNETES_SERVICE_HOST: hostname.replace(/^\[(.*)\]$/, '$1'),
    KUBERNETES_SERVICE_PORT: port === '' ? '443' : port,
  };
}
