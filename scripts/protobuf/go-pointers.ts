/**
 * Fields that are pointers in Go although no observed encoding left them out: `<type> <field>`,
 * the field by its protobuf name.
 */
export const GO_POINTERS: ReadonlySet<string> = new Set(
  Object.entries({
    'api.authentication.v1.TokenRequestSpec': 'expirationSeconds',
    'api.autoscaling.v1.HorizontalPodAutoscalerStatus': 'observedGeneration',
    'api.core.v1.ClientIPConfig': 'timeoutSeconds',
    'api.core.v1.ClusterTrustBundleProjection': 'name signerName optional',
    'api.core.v1.ConfigMapKeySelector': 'optional',
    'api.core.v1.ConfigMapProjection': 'optional',
    'api.core.v1.FileKeySelector': 'optional',
    'api.core.v1.ISCSIPersistentVolumeSource': 'initiatorName',
    'api.core.v1.PodCertificateProjection': 'maxExpirationSeconds',
    'api.core.v1.PodResourceClaimStatus': 'resourceClaimName',
    'api.core.v1.SecretKeySelector': 'optional',
    'api.core.v1.SecretProjection': 'optional',
    'api.core.v1.ServiceAccountTokenProjection': 'expirationSeconds',
    'api.flowcontrol.v1.LimitedPriorityLevelConfiguration': 'lendablePercent borrowingLimitPercent',
    'api.networking.v1.IngressClassParametersReference': 'aPIGroup namespace scope',
    'api.networking.v1.IngressPortStatus': 'error',
    'api.resource.v1.AllocatedDeviceStatus': 'shareID',
    'api.resource.v1.AllocationResult': 'allocationTimestamp',
    'api.resource.v1.DeviceAttribute': 'int bool string version',
    'api.resource.v1.DeviceTaint': 'timeAdded',
    'api.resource.v1.DeviceToleration': 'tolerationSeconds',
    'api.resource.v1.ExactDeviceRequest': 'adminAccess',
    'api.scheduling.v1.PriorityClass': 'preemptionPolicy',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion':
      'deprecationWarning',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale':
      'labelSelectorPath',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps':
      'ref maximum minimum maxLength minLength maxItems minItems multipleOf maxProperties ' +
      'minProperties xKubernetesPreserveUnknownFields xKubernetesListType xKubernetesMapType',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference': 'path port',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule': 'reason optionalOldSelf',
    'apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig': 'url',
  }).flatMap(([type, fields]) => fields.split(' ').map((field) => `io.k8s.${type} ${field}`)),
);
