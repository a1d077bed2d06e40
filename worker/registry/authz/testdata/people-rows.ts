import type { AccessIdentityName } from './access-objects.ts';

/** Requests of people and their programs, in the form that access-cases.ts tells. */
export const PEOPLE_ROWS: Readonly<Partial<Record<AccessIdentityName, string>>> = {
  // A member of system:masters: nothing is asked of the roles.
  master: `
    allow delete nodes - n1
    allow get secrets kube-system token
    allow use unknown.example.org shop x
    allow get /anything
    allow impersonate users - root
    allow escalate clusterroles.rbac.authorization.k8s.io - cluster-admin`,

  // cluster-admin by a ClusterRoleBinding.
  root: `
    allow * *.*
    allow deletecollection secrets shop
    allow get nodes/proxy - n1
    allow post /api
    allow get /
    allow bind clusterroles.rbac.authorization.k8s.io - cluster-admin
    allow approve signers.certificates.k8s.io - kubernetes.io/kubelet-serving`,

  // Whoever has logged in, and nothing more.
  plain: `
    allow create selfsubjectaccessreviews.authorization.k8s.io
    allow create selfsubjectrulesreviews.authorization.k8s.io
    allow create selfsubjectreviews.authentication.k8s.io
    deny  get selfsubjectaccessreviews.authorization.k8s.io
    deny  create subjectaccessreviews.authorization.k8s.io
    deny  create localsubjectaccessreviews.authorization.k8s.io shop
    deny  create tokenreviews.authentication.k8s.io
    allow get /api
    allow get /api/v1
    allow get /apis
    allow get /apis/apps/v1
    allow get /openapi/v3
    allow get /version
    allow get /version/
    allow get /healthz
    allow get /livez
    allow get /readyz
    deny  get /healthz/etcd
    deny  get /livez/ping
    deny  get /metrics
    deny  get /logs
    deny  get /
    deny  get /apiextra
    deny  get /versions
    deny  head /api
    deny  post /api
    deny  get /.well-known/openid-configuration
    deny  list pods shop
    deny  list namespaces
    deny  get namespaces shop shop
    deny  get nodes - n1`,

  anonymous: `
    allow get /healthz
    allow get /livez
    allow get /readyz
    allow get /version
    allow get /version/
    deny  get /api
    deny  get /apis
    deny  get /openapi/v2
    deny  get /metrics
    deny  create selfsubjectaccessreviews.authorization.k8s.io
    deny  list pods shop`,

  monitor: `
    allow get /metrics
    allow get /metrics/slis
    allow get /healthz/etcd
    allow get /livez/ping
    allow get /readyz/poststarthook/rbac/bootstrap-roles
    allow get /flagz
    allow get /statusz
    allow get nodes/metrics - n1
    deny  get /metrics/cadvisor
    deny  post /metrics
    deny  get nodes - n1
    deny  get pods shop web`,

  // view, by a RoleBinding in shop; in office bound to a Role that is only in shop.
  vera: `
    allow get pods shop web
    allow list pods shop
    allow watch pods shop
    deny  list pods
    deny  list pods office
    deny  get pods office web
    deny  * pods shop
    deny  get * shop
    allow get pods/log shop web
    allow get pods/status shop web
    deny  get pods/exec shop web
    deny  create pods/exec shop web
    deny  create pods shop
    deny  delete pods shop web
    deny  get secrets shop token
    deny  list secrets shop
    allow get configmaps shop settings
    allow list services shop
    deny  get services/proxy shop web
    allow get endpoints shop web
    allow list endpointslices.discovery.k8s.io shop
    allow get persistentvolumeclaims shop data
    deny  get persistentvolumes - pv
    allow get serviceaccounts shop bot
    deny  create serviceaccounts/token shop bot
    deny  impersonate serviceaccounts shop bot
    allow get deployments.apps shop web
    allow get deployments.apps/scale shop web
    deny  update deployments.apps/scale shop web
    deny  patch deployments.apps shop web
    allow get deployments.extensions shop web
    allow list controllerrevisions.apps shop
    allow get cronjobs.batch/status shop nightly
    allow list horizontalpodautoscalers.autoscaling shop
    allow list ingresses.networking.k8s.io shop
    allow list poddisruptionbudgets.policy shop
    allow list resourceclaims.resource.k8s.io shop
    allow get resourcequotas/status shop quota
    allow list events shop
    deny  list events.events.k8s.io shop
    deny  list leases.coordination.k8s.io shop
    deny  list roles.rbac.authorization.k8s.io shop
    allow get namespaces shop shop
    allow get namespaces/status shop shop
    deny  get namespaces office office
    deny  list namespaces
    deny  get widgets.example.com shop w`,

  // edit, by a RoleBinding in shop.
  ed: `
    allow create pods shop
    allow update pods shop web
    allow deletecollection pods shop
    allow get pods shop web
    deny  create pods office
    deny  update pods/status shop web
    deny  patch pods/ephemeralcontainers shop web
    allow create pods/exec shop web
    allow get pods/exec shop web
    allow create pods/portforward shop web
    allow create pods/eviction shop web
    allow get secrets shop token
    allow create secrets shop
    allow create serviceaccounts/token shop bot
    allow impersonate serviceaccounts shop bot
    deny  impersonate users - jane
    allow create deployments.apps shop
    allow update deployments.apps/scale shop web
    allow create deployments.apps/rollback shop web
    deny  update deployments.apps/status shop web
    deny  create controllerrevisions.apps shop
    allow create jobs.batch shop
    allow create leases.coordination.k8s.io shop
    allow get leases.coordination.k8s.io shop leader
    allow get services/proxy shop web
    deny  create endpoints shop
    deny  create endpointslices.discovery.k8s.io shop
    allow create events shop
    deny  create events.events.k8s.io shop
    allow get resourcequotas shop quota
    deny  create resourcequotas shop
    allow create networkpolicies.networking.k8s.io shop
    allow create resourceclaims.resource.k8s.io shop
    deny  update resourceclaims.resource.k8s.io/status shop gpu
    deny  get roles.rbac.authorization.k8s.io shop pod-reader
    deny  create localsubjectaccessreviews.authorization.k8s.io shop
    deny  update namespaces shop shop
    deny  list nodes`,

  // admin, by a RoleBinding in shop.
  ada: `
    allow create roles.rbac.authorization.k8s.io shop
    allow deletecollection roles.rbac.authorization.k8s.io shop
    allow delete rolebindings.rbac.authorization.k8s.io shop devs
    deny  create roles.rbac.authorization.k8s.io office
    deny  bind roles.rbac.authorization.k8s.io shop pod-reader
    deny  escalate roles.rbac.authorization.k8s.io shop pod-reader
    deny  list clusterroles.rbac.authorization.k8s.io
    allow create localsubjectaccessreviews.authorization.k8s.io shop
    deny  create subjectaccessreviews.authorization.k8s.io
    allow create pods shop
    allow get secrets shop token
    deny  patch pods/status shop web
    allow get resourcequotas shop quota
    deny  update resourcequotas shop quota
    deny  delete limitranges shop limits
    deny  delete namespaces shop shop
    deny  update namespaces/finalize shop shop
    allow impersonate serviceaccounts shop bot
    deny  impersonate serviceaccounts office bot`,

  // A Role, by a group.
  dana: `
    allow get pods shop web
    allow list pods shop
    allow watch pods shop
    allow get pods/log shop web
    deny  list pods/log shop
    deny  get pods/status shop web
    deny  create pods shop
    deny  get pods office web
    deny  list pods
    deny  get pods.metrics.k8s.io shop web
    deny  get services shop web`,

  namesake: `
    deny  get pods shop web`,

  // Some objects by their names, and all of them in lists.
  ci: `
    allow get configmaps shop settings
    allow update configmaps shop settings
    allow patch configmaps shop flags
    deny  get configmaps shop other
    deny  get configmaps office settings
    deny  get configmaps shop
    deny  delete configmaps shop settings
    deny  create configmaps shop settings
    allow list configmaps shop
    allow list configmaps shop other
    deny  watch configmaps shop settings
    deny  deletecollection configmaps shop`,

  // Cluster-scoped objects, by a group.
  olga: `
    allow get nodes - n1
    allow list nodes
    allow list nodes shop
    allow get nodes/status - n1
    deny  list nodes/status
    deny  patch nodes - n1
    deny  get nodes/proxy - n1
    deny  get pods shop web`,

  // A ClusterRole that holds in one namespace.
  aldo: `
    allow get secrets office token
    allow list secrets office
    deny  watch secrets office
    deny  get secrets shop token
    deny  list secrets`,

  mona: `
    allow get /metrics
    allow get /debug/pprof/heap
    allow get /debug/
    deny  get /debug
    deny  get /metrics/slis
    deny  post /metrics`,

  helga: `
    allow get /healthz/etcd
    allow get /healthzz
    deny  get /health
    deny  get /livez/ping`,

  // Wildcards: a whole group, a subresource of everything, and of a group.
  milo: `
    allow get widgets.example.com shop w
    allow create gadgets.example.com
    allow delete widgets.example.com/status shop w
    allow get *.example.com
    deny  get widgets.other.com shop w
    deny  get widgets.sub.example.com shop w
    allow get pods/status shop web
    allow get nodes/status - n1
    allow get deployments.apps/status shop web
    deny  update pods/status shop web
    allow update statefulsets.apps/scale shop db
    deny  patch statefulsets.apps/scale shop db
    deny  update replicationcontrollers/scale shop old
    deny  get deployments.apps shop web
    allow get /apis/example.com/v1`,

  imogen: `
    allow impersonate users - jane
    deny  impersonate users - root
    allow impersonate groups - devs
    deny  impersonate groups - system:masters
    allow impersonate serviceaccounts shop bot
    allow impersonate serviceaccounts office bot
    allow impersonate userextras.authentication.k8s.io/scopes - view
    deny  impersonate userextras.authentication.k8s.io/other - view
    deny  impersonate uids.authentication.k8s.io - 1
    deny  get users - jane
    deny  create pods shop`,

  // May give some roles, everywhere.
  bianca: `
    allow bind clusterroles.rbac.authorization.k8s.io - view
    allow bind clusterroles.rbac.authorization.k8s.io shop edit
    deny  bind clusterroles.rbac.authorization.k8s.io - cluster-admin
    deny  bind clusterroles.rbac.authorization.k8s.io
    deny  bind roles.rbac.authorization.k8s.io shop pod-reader
    allow escalate roles.rbac.authorization.k8s.io shop pod-reader
    allow escalate roles.rbac.authorization.k8s.io office pod-reader
    deny  escalate roles.rbac.authorization.k8s.io shop deployer
    deny  escalate clusterroles.rbac.authorization.k8s.io - pod-reader
    allow create rolebindings.rbac.authorization.k8s.io shop
    deny  update rolebindings.rbac.authorization.k8s.io shop devs
    deny  create clusterrolebindings.rbac.authorization.k8s.io`,

  // The same role, in shop only.
  boris: `
    allow bind clusterroles.rbac.authorization.k8s.io shop view
    deny  bind clusterroles.rbac.authorization.k8s.io office view
    deny  bind clusterroles.rbac.authorization.k8s.io - view
    allow create rolebindings.rbac.authorization.k8s.io shop
    deny  create rolebindings.rbac.authorization.k8s.io office`,

  gus: `
    allow get pods shop web
    allow get pods.metrics.k8s.io shop web
    deny  list pods shop
    deny  get pods/log shop web
    deny  get nodes.metrics.k8s.io - n1`,

  stella: `
    allow create services shop
    allow proxy services shop web
    allow * services
    deny  get services/status shop web
    deny  get services.example.com shop web`,

  // Bound to a role that is not there.
  bea: `
    deny  get pods shop web
    allow get /api`,

  shopBot: `
    allow create deployments.apps shop
    allow frobnicate deployments.apps shop web
    allow get deployments.apps/scale shop web
    deny  delete deployments.apps/scale shop web
    deny  get deployments.apps/status shop web
    deny  get deployments.extensions shop web
    deny  create statefulsets.apps shop
    deny  get deployments.apps office web
    deny  list configmaps office
    deny  get pods shop web
    allow get /.well-known/openid-configuration
    allow get /.well-known/openid-configuration/
    allow get /openid/v1/jwks
    deny  post /openid/v1/jwks`,

  // An account of another namespace, which its group gives something more.
  officeBot: `
    allow get deployments.apps shop web
    deny  get deployments.apps office web
    allow list configmaps office
    allow list configmaps shop
    allow list configmaps
    deny  get configmaps office settings`,

  labBot: `
    deny  get deployments.apps shop web
    deny  list configmaps lab`,

  officeWatcher: `
    allow list nodes
    deny  delete nodes - n1`,

  shopWatcher: `
    deny  list nodes`,
};
