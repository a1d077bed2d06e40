/**
 * An operator on @dot-i/k8s-operator, which is looked up in the folder of the first argument: every
 * Rack gets a ConfigMap with its text, and a status that says which generation was seen. The second
 * argument is the file of the definition. The kubeconfig is that of KUBECONFIG.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, definition] = process.argv.slice(2);
const { default: Operator, ResourceEventType } = createRequire(join(folder, 'package.json'))(
  '@dot-i/k8s-operator',
);
const FINALIZER = 'operator.example.com/racks';

class RackOperator extends Operator {
  async init() {
    const { group, versions, plural } = await this.registerCustomResourceDefinition(definition);
    await this.watchResource(group, versions[0].name, plural, (event) => this.#reconcile(event));
    console.log('watching');
  }

  async #reconcile(event) {
    if (event.type === ResourceEventType.Deleted) return;
    if (await this.handleResourceFinalizer(event, FINALIZER, (e) => this.#remove(e))) return;
    const { metadata, spec } = event.object;
    const map = { metadata: { name: metadata.name }, data: { text: spec.text } };
    try {
      await this.k8sApi.createNamespacedConfigMap(metadata.namespace, map);
    } catch (error) {
      if (error.statusCode !== 409) throw error;
      await this.k8sApi.replaceNamespacedConfigMap(metadata.name, metadata.namespace, map);
    }
    await this.setResourceStatus(event.meta, { observedGeneration: metadata.generation });
  }

  async #remove({ object: { metadata } }) {
    await this.k8sApi.deleteNamespacedConfigMap(metadata.name, metadata.namespace);
  }
}

const operator = new RackOperator();
process.once('SIGTERM', () => {
  operator.stop();
  process.exit(0);
});
await operator.start();
