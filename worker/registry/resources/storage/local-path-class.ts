import { LOCAL_PATH } from '../../../../apimachinery/local-path.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** The class that a new cluster begins with. It is its users' from then on, to change or to delete. */
export const LOCAL_PATH_CLASS: KubernetesObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'local-path',
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
  },
  provisioner: LOCAL_PATH,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};
