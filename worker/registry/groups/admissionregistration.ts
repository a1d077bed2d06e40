import {
  mutatingPolicyPrinter,
  policyBindingPrinter,
  validatingPolicyPrinter,
  webhookConfigurationPrinter,
} from '../printers/admission.ts';
import { mutatingPolicyStrategy } from '../resources/admission/mutating-policy.ts';
import {
  mutatingBindingStrategy,
  validatingBindingStrategy,
} from '../resources/admission/policy-binding.ts';
import { validatingPolicyStrategy } from '../resources/admission/validating-policy.ts';
import {
  mutatingWebhookStrategy,
  validatingWebhookStrategy,
} from '../resources/admission/webhook-configuration.ts';
import type { ServedGroup } from '../served.ts';

const categories = ['api-extensions'];

export const ADMISSION_REGISTRATION: ServedGroup = {
  'mutatingadmissionpolicies.admissionregistration.k8s.io/v1': {
    strategy: mutatingPolicyStrategy,
    printer: mutatingPolicyPrinter,
    categories,
  },
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io/v1': {
    strategy: mutatingBindingStrategy,
    printer: policyBindingPrinter,
    categories,
  },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io/v1': {
    strategy: mutatingWebhookStrategy,
    printer: webhookConfigurationPrinter,
    categories,
  },
  'validatingadmissionpolicies.admissionregistration.k8s.io/v1': {
    strategy: validatingPolicyStrategy,
    printer: validatingPolicyPrinter,
    categories,
    subresources: ['status'],
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io/v1': {
    strategy: validatingBindingStrategy,
    printer: policyBindingPrinter,
    categories,
  },
  'validatingwebhookconfigurations.admissionregistration.k8s.io/v1': {
    strategy: validatingWebhookStrategy,
    printer: webhookConfigurationPrinter,
    categories,
  },
};
