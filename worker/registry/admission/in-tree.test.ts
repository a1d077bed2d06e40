import { expect, it } from 'vitest';
import { newInTreePlugins } from './in-tree.ts';

it('plugins are in upstream’s order, quota after everything that changes objects', () => {
  const { beforeWebhooks, afterWebhooks } = newInTreePlugins({
    ledgerOf() {
      throw new Error('not asked');
    },
  });
  expect(beforeWebhooks.map(({ name }) => name)).toEqual([
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'NodeRestriction',
    'TaintNodesByCondition',
    'PodSecurity',
    'Priority',
    'DefaultTolerationSeconds',
    'DefaultStorageClass',
    'PersistentVolumeClaimResize',
    'RuntimeClass',
    'CertificateApproval',
    'CertificateSigning',
    'CertificateSubjectRestriction',
    'DefaultIngressClass',
    'PodTopologyLabels',
  ]);
  expect(afterWebhooks.map(({ name }) => name)).toEqual(['ResourceQuota']);
});
