/** Whether an engine is podman, which speaks Docker's API, from what it answers to `version`. */
export function isPodman(version: object): boolean {
  const { Components = [] } = version as { Components?: readonly { readonly Name?: string }[] };
  return Components.some(({ Name }) => Name === 'Podman Engine');
}
