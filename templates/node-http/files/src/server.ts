import { Server } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./service.ts";

/** Where it listens unless PORT says otherwise; plat.yaml names the same one. */
const defaultPort = {= port =};

/**
 * How long each step of the end takes at most, in milliseconds. Together with the delays before
 * it, they stay below the 30 s that Kubernetes grants.
 */
export const times = {
  /**
   * It is not ready and still takes requests, so that a load balancer that asks /readyz can look
   * elsewhere first.
   */
  drain: 1_000,
  /** It takes no new connections, and ends each one with its next answer. */
  lastRequests: 1_000,
  /** Requests in flight may take to end. */
  shutdown: 20_000,
};

/** The port that PORT names. */
export function port(env: NodeJS.ProcessEnv): number {
  return env.PORT ? Number(env.PORT) : defaultPort;
}

/** Listens on every interface: of IPv6 and IPv4, or of IPv4 alone where the machine has no IPv6. */
export async function listen({ app }: Service, port: number): Promise<void> {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const host = interfaces.some(({ family }) => family === "IPv6") ? "::" : "0.0.0.0";
  await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
}

/** Ends gracefully, in the steps of `times`. The result: whether every request was answered. */
export async function stop({ app, state }: Service, wait = times): Promise<boolean> {
  app.log.info("draining");
  state.phase = "draining";
  await sleep(wait.drain);

  state.phase = "closing";
  // Not http.Server's own close: it cuts connections between two requests, while the next one may
  // be on its way.
  Server.prototype.close.call(app.server);
  await sleep(wait.lastRequests);
  const deadline = performance.now() + wait.shutdown;
  while (state.inFlight > 0 && performance.now() < deadline) {
    await sleep(50);
  }

  const cutOff = state.inFlight;
  app.server.closeAllConnections();
  await app.close();
  // For the log of those that were cut off.
  await sleep(10);
  if (cutOff > 0) {
    app.log.error({ requests: cutOff }, "stopped before all requests were answered");
  } else {
    app.log.info("stopped");
  }
  return cutOff === 0;
}
