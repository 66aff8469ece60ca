/** payments-api is an HTTP service; README.md says how to run, test and deploy it. */
import { constants } from "node:os";
import { newLog } from "./log.ts";
import { listen, port, stop } from "./server.ts";
import { newService } from "./service.ts";

const log = newLog();
// A bug left the process in a state that nobody knows: Kubernetes starts a new one.
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "crashed");
  process.exit(1);
});

const service = newService(log);
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    // The first process of a container ends by a signal only where it says so itself.
    if (stopping) {
      process.exit(128 + constants.signals[signal]);
    }
    stopping = true;
    process.exit((await stop(service)) ? 0 : 1);
  });
}

await listen(service, port(process.env));
