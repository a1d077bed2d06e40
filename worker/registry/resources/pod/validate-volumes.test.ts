import { describe, expect, it } from 'vitest';
import { C, errorsWith, POD } from '../../../../test/pod-sample.ts';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

describe('volumes', () => {
  const V = 'spec.volumes[0]';
  it.each<[source: object, ...errors: string[]]>([
    [{ hostPath: { path: '' } }, `${V}.hostPath.path: Required value`],
    [
      { hostPath: { path: '/a', type: 'Folder' } },
      `${V}.hostPath.type: Unsupported value: "Folder": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"`,
    ],
    [
      { hostPath: { path: '/a/../b' } },
      `${V}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
    ],
    [{ secret: {} }, `${V}.secret.secretName: Required value`],
    [
      { secret: { secretName: 's', defaultMode: 1000 } },
      `${V}.secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive`,
    ],
    [
      { configMap: { name: 'c', items: [{ key: 'k', path: '/abs' }] } },
      `${V}.configMap.items[0].path: Invalid value: "/abs": must be a relative path`,
    ],
    [
      { nfs: { server: 's', path: 'rel' } },
      `${V}.nfs.path: Invalid value: "rel": must be an absolute path`,
    ],
    [
      { persistentVolumeClaim: { claimName: '' } },
      `${V}.persistentVolumeClaim.claimName: Required value`,
    ],
    [
      { csi: { driver: 'a_b!' } },
      `${V}.csi.driver: Invalid value: "a_b!": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      {
        projected: {
          sources: [
            { secret: { name: 'a', items: [{ key: 'k', path: 'p' }] } },
            { configMap: { name: 'b', items: [{ key: 'k', path: 'p' }] } },
          ],
        },
      },
      `${V}.projected: Invalid value: "b": conflicting duplicate paths`,
    ],
    [
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 1 } }] } },
      `${V}.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes`,
      `${V}.projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set`,
    ],
    [
      { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
      `${V}.downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
    ],
    [{ ephemeral: {} }, `${V}.ephemeral.volumeClaimTemplate: Required value`],
    [{ image: { pullPolicy: 'Always' } }, `${V}.image.reference: Required value`],
  ])('%j', (source, ...errors) => {
    const pod = withValue(POD, `${C}.volumeMounts`, []);
    const sent = withValue(pod, 'spec.volumes', [{ name: 'v', ...source }]);
    expect(errorsOf('pods', created('pods', sent))).toEqual(errors);
  });

  it('have names of their own', () => {
    const volumes = [
      { name: 'data', emptyDir: {} },
      { name: 'data', emptyDir: {} },
    ];
    expect(errorsWith('spec.volumes', volumes)).toEqual([
      'spec.volumes[1].name: Duplicate value: "data"',
    ]);
  });
});
