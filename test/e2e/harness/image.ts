/** The image of nearly every pod here: the machine's static busybox. */
export const IMAGE = 'fairlead.test/busybox:2';
/** The same under another name, for rollouts from one to the other. */
export const OTHER_IMAGE = 'fairlead.test/busybox:3';
