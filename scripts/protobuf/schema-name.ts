/** `k8s.io.api.core.v1.Pod`, a protobuf message, as the schema names it: `io.k8s.api.core.v1.Pod`. */
export function schemaName(message: string): string {
  return message
    .replace(/^k8s\.io\./, 'io.k8s.')
    .replace('apiextensions_apiserver', 'apiextensions-apiserver');
}
