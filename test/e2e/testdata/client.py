"""What Debian's python3-kubernetes does with an API server: typed, dynamic, watching, applying."""

import json
import sys

from kubernetes import client, config, dynamic, watch

namespace = sys.argv[1]
config.load_kube_config(sys.argv[2])
core = client.CoreV1Api()
said = {}

body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="typed"), data={"a": "b"})
core.create_namespaced_config_map(namespace, body)
patched = core.patch_namespaced_config_map("typed", namespace, {"data": {"c": "d"}})
said["patched"] = patched.data
events = watch.Watch().stream(
    core.list_namespaced_config_map,
    namespace,
    field_selector="metadata.name=typed",
    timeout_seconds=20,
)
said["watched"] = next(f"{e['type']} {e['object'].metadata.name}" for e in events)
said["groups"] = [group.name for group in client.ApisApi().get_api_versions().groups]

api = client.ApiClient()
crds = dynamic.DynamicClient(api).resources.get(
    api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition"
)
name = "crates.python.example.com"
schema = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}}
    },
}
crds.create(
    body={
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": "python.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crates", "kind": "Crate"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }
)
for event in crds.watch(name=name, timeout=20):
    conditions = (event["object"].status or {}).get("conditions") or []
    if any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
        break

crates = dynamic.DynamicClient(api).resources.get(
    api_version="python.example.com/v1", kind="Crate"
)


def crate(size):
    return {
        "apiVersion": "python.example.com/v1",
        "kind": "Crate",
        "metadata": {"name": "c"},
        "spec": {"size": size},
    }


crates.create(namespace=namespace, body=crate(1))
changed = crates.patch(
    namespace=namespace,
    name="c",
    body={"spec": {"size": 2}},
    content_type="application/merge-patch+json",
)
said["size"] = changed.spec.size
# The library sends bodies of this type as they are.
applied = crates.patch(
    namespace=namespace,
    name="c",
    body=json.dumps(crate(3)),
    content_type="application/apply-patch+yaml",
    field_manager="python",
    force_conflicts=True,
)
said["applied"] = [applied.spec.size, [m.operation for m in applied.metadata.managedFields]]
try:
    crates.create(namespace=namespace, body={**crate(99), "metadata": {"name": "too-large"}})
except dynamic.exceptions.UnprocessibleEntityError as error:
    said["refused"] = json.loads(error.body)["details"]["causes"][0]["field"]
said["listed"] = [item.metadata.name for item in crates.get(namespace=namespace).items]
crates.delete(namespace=namespace, name="c")
crds.delete(name=name)
print(json.dumps(said))
