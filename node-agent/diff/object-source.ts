import type * as core from 'kubernetes-types/core/v1';

/** The config maps and secrets that the node has been given; undefined: does not exist. */
export interface ObjectSource {
  configMap(namespace: string, name: string): core.ConfigMap | undefined;
  secret(namespace: string, name: string): core.Secret | undefined;
}

/** All entries of a config map as bytes. */
export function configMapEntries(configMap: core.ConfigMap): Map<string, Uint8Array> {
  const text = Object.entries(configMap.data ?? {});
  const binary = Object.entries(configMap.binaryData ?? {});
  return new Map([
    ...text.map(([key, value]) => [key, Buffer.from(value)] as const),
    ...binary.map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
}

/** All entries of a secret as bytes. */
export function secretEntries(secret: core.Secret): Map<string, Uint8Array> {
  return new Map(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  );
}
