/** Where a cluster's API is, and how to trust it. */
export interface Endpoint {
  /** As in a kubeconfig: may carry a path, as `https://host:6443/clusters/blue`. */
  readonly server: string;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
}

/** The address of a path of the API under the cluster's prefix. */
export function apiURL(endpoint: Endpoint, path: string): URL {
  return new URL(`${endpoint.server.replace(/\/+$/, '')}/${path}`);
}

/** The same for one of Fairlead's own paths. */
export function endpointURL(endpoint: Endpoint, path: string): URL {
  return apiURL(endpoint, `fairlead/v1/${path}`);
}

/** The same for a WebSocket. */
export function webSocketURL(endpoint: Endpoint, path: string): URL {
  const url = endpointURL(endpoint, path);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
