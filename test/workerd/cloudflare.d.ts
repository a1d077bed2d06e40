import type { Env as Bindings } from '../../worker/durable/env.ts';
import type * as worker from '../../worker/index.ts';

declare global {
  namespace Cloudflare {
    // One by one: classes of the bindings refer to this interface, which it could not extend.
    interface Env {
      readonly STORE: Bindings['STORE'];
      readonly SCHEDULER: Bindings['SCHEDULER'];
      readonly NODE: Bindings['NODE'];
      readonly STREAM: Bindings['STREAM'];
      readonly POLLED_SOCKETS: Bindings['POLLED_SOCKETS'];
      readonly DIRECTORY: Bindings['DIRECTORY'];
      readonly FAIRLEAD_ROOT_KEY: Bindings['FAIRLEAD_ROOT_KEY'];
    }
    interface GlobalProps {
      mainModule: typeof worker;
    }
  }
}
