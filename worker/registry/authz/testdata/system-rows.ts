import type { AccessIdentityName } from './access-objects.ts';

/** Requests of the control plane's own parts and of nodes, by the default roles alone. */
export const SYSTEM_ROWS: Readonly<Partial<Record<AccessIdentityName, string>>> = {
  scheduler: `
    allow create pods/binding shop web
    allow create bindings shop
    allow list pods
    allow delete pods shop web
    deny  update pods shop web
    allow patch pods/status shop web
    allow list nodes
    deny  patch nodes - n1
    allow create leases.coordination.k8s.io shop
    allow get leases.coordination.k8s.io shop kube-scheduler
    deny  get leases.coordination.k8s.io shop other
    allow get leases.coordination.k8s.io kube-system other
    deny  delete leases.coordination.k8s.io kube-system kube-scheduler
    allow delete leasecandidates.coordination.k8s.io shop c
    allow update persistentvolumes - pv
    deny  create persistentvolumes
    allow update persistentvolumeclaims shop data
    allow update resourceclaims.resource.k8s.io/binding shop gpu
    allow create resourceclaims.resource.k8s.io shop
    deny  list devicetaintrules.resource.k8s.io
    deny  get secrets shop token
    allow get configmaps kube-system extension-apiserver-authentication
    deny  get configmaps kube-system other
    deny  list configmaps kube-system
    deny  get configmaps shop extension-apiserver-authentication`,

  controllerManager: `
    allow list anything.example.com
    allow watch secrets shop
    allow get secrets shop token
    deny  get pods shop web
    allow create serviceaccounts/token shop bot
    allow delete secrets shop token
    deny  delete pods shop web
    allow update leases.coordination.k8s.io kube-system kube-controller-manager`,

  proxy: `
    allow list services
    deny  get services shop web
    allow watch endpointslices.discovery.k8s.io
    allow get nodes - n1
    allow list servicecidrs.networking.k8s.io
    allow create events.events.k8s.io default
    deny  list secrets`,

  dns: `
    allow list endpoints
    deny  get endpoints shop web
    deny  list pods`,

  deployments: `
    allow create replicasets.apps shop
    allow create replicasets.extensions shop
    deny  deletecollection replicasets.apps shop
    allow update deployments.apps/status shop web
    allow update pods shop web
    deny  create pods shop
    allow create events shop
    deny  get secrets shop token`,

  collector: `
    allow delete widgets.example.com shop w
    allow patch nodes - n1
    allow get pods/status shop web
    deny  create pods shop
    deny  deletecollection pods shop`,

  namespaces: `
    allow deletecollection secrets shop
    allow update namespaces/finalize shop shop
    deny  update namespaces shop shop
    deny  create pods shop`,

  aggregation: `
    allow escalate clusterroles.rbac.authorization.k8s.io - admin
    allow update clusterroles.rbac.authorization.k8s.io - admin
    deny  create clusterroles.rbac.authorization.k8s.io
    deny  escalate roles.rbac.authorization.k8s.io shop pod-reader`,

  // No pod is bound to it.
  node: `
    allow get nodes - n1
    deny  get nodes - n2
    deny  list nodes
    allow patch nodes/status - n1
    deny  delete nodes - n1
    allow create leases.coordination.k8s.io kube-node-lease
    allow update leases.coordination.k8s.io kube-node-lease n1
    deny  update leases.coordination.k8s.io kube-node-lease n2
    deny  get leases.coordination.k8s.io kube-system n1
    allow list services
    deny  list pods
    allow create pods shop
    deny  get secrets shop token
    deny  list configmaps shop
    deny  create serviceaccounts/token shop bot
    allow create events default
    allow create tokenreviews.authentication.k8s.io
    allow create subjectaccessreviews.authorization.k8s.io
    allow get csinodes.storage.k8s.io - n1
    deny  get csinodes.storage.k8s.io - n2
    allow watch runtimeclasses.node.k8s.io
    allow create certificatesigningrequests.certificates.k8s.io
    deny  list namespaces
    allow get /healthz`,

  impostor: `
    deny  get nodes - n1
    deny  list services
    deny  create tokenreviews.authentication.k8s.io`,
};
