import { admitServiceAccount } from '../../registry/admission/service-account.ts';
import type { AdmissionPlugin } from '../../registry/admission/plugin.ts';
import type { AdmissionChain } from './admission.ts';

const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: ({ operation, info, subresource }) =>
    operation === 'CREATE' && info.storage === 'pods' && subresource === '',
  admit({ object }, context) {
    if (object !== null)
      admitServiceAccount(object, (name) => context.get('serviceaccounts', name));
  },
};

export function newAdmissionChain(): AdmissionChain {
  return { mutating: [serviceAccount], validating: [] };
}
