import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';

/**
 * Lets every plugin change the object, in their order, and then once more when one of them asked
 * for it: what a webhook changed may be what an earlier plugin is there to complete (upstream's
 * reinvocation).
 *
 * @throws StatusError of the plugin that refuses.
 */
export function admit(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  let again = false;
  for (const plugin of plugins) {
    if (plugin.admit === undefined || !plugin.handles(attributes)) continue;
    if (plugin.admit(attributes, context) === true) again = true;
  }
  if (!again) return;
  attributes.isReinvocation = true;
  for (const plugin of plugins) {
    if (plugin.admit !== undefined && plugin.handles(attributes)) plugin.admit(attributes, context);
  }
}

/**
 * Lets every plugin judge the object as it will be stored.
 * @throws StatusError of the first plugin that refuses.
 */
export function validate(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  for (const plugin of plugins) {
    if (plugin.validate !== undefined && plugin.handles(attributes)) {
      plugin.validate(attributes, context);
    }
  }
}
