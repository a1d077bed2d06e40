import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** What named the class of a volume or claim before there was a field. */
export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export const classAnnotationWarnings = ({ metadata }: KubernetesObject): string[] =>
  metadata.annotations?.[CLASS_ANNOTATION] === undefined
    ? []
    : [
        `metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      ];
