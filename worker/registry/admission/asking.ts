import { InquiryPending, type Inquiries } from './inquiry.ts';

const NOBODY: Inquiries = {
  ask(inquiries) {
    throw new InquiryPending(inquiries);
  },
};

let current = NOBODY;

/**
 * Runs a synchronous step in which conversions may ask: an object that only a webhook can convert
 * turns up anywhere that objects are read, so that whom to ask is not handed from function to
 * function but is that of the step.
 *
 * @throws InquiryPending and what the step throws.
 */
export function asking<T>(inquiries: Inquiries, step: () => T): T {
  const before = current;
  current = inquiries;
  try {
    return step();
  } finally {
    current = before;
  }
}

/** Whom the step that runs may ask. */
export const currentInquiries = (): Inquiries => current;
