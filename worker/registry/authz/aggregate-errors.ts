/** Several messages as one, as k8s.io/apimachinery's `Aggregate` prints them; each once. */
export function aggregateErrors(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : (distinct[0] ?? '');
}
