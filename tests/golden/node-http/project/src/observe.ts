import type { IncomingMessage, ServerResponse } from "node:http";
import { finished } from "node:stream";
import type { FastifyInstance, RawServerDefault } from "fastify";
import type { Logger } from "pino";
import { collectDefaultMetrics, Histogram } from "prom-client";

/** Asked every few seconds by machines: only worth a line when they fail. */
const probes = new Set(["/healthz", "/readyz", "/metrics"]);

/** nginx's status for a client that did not wait for the answer. */
const gone = 499;

collectDefaultMetrics();
const duration = new Histogram({
  name: "http_request_duration_seconds",
  help: "How long requests took until they were answered.",
  labelNames: ["method", "route", "status"] as const,
});

export interface State {
  /**
   * Told to stop, it drains: it is not ready and still takes requests. Closing, it takes no new
   * connections and keeps none.
   */
  phase: "serving" | "draining" | "closing";
  /** Requests that are not answered yet. */
  inFlight: number;
}

type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, Logger>;

/** Logs, counts and measures every request. */
export function observe(app: App): State {
  const state: State = { phase: "serving", inFlight: 0 };

  app.addHook("onRequest", (request, reply, done) => {
    const start = performance.now();
    // Read now: a socket that is gone shows nothing. One of IPv6 shows IPv4 as ::ffff:192.0.2.1.
    const remote = request.ip.replace("::ffff:", "");
    state.inFlight += 1;
    // Unlike Fastify's onResponse, it is also called for a client that went away.
    finished(reply.raw, () => {
      state.inFlight -= 1;
      const milliseconds = performance.now() - start;
      const { method } = request;
      const status = reply.raw.headersSent ? reply.statusCode : gone;
      // The route, not the path: the series of a metric are few.
      const route = request.routeOptions.url ?? "none";
      duration.observe({ method, route, status }, milliseconds / 1000);

      const path = request.url.split("?", 1)[0] ?? "";
      const isProbe = probes.has(path);
      if (isProbe && status === 200) {
        return;
      }
      // A probe that is told "draining" is no error.
      const level = status >= 500 && !isProbe ? "error" : "info";
      const bytes = Number(reply.getHeader("content-length") ?? 0);
      request.log[level](
        {
          method,
          path,
          status,
          bytes,
          milliseconds: Math.round(milliseconds * 1000) / 1000,
          remote,
        },
        "request",
      );
    });
    done();
  });

  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (state.phase === "closing") {
      reply.header("connection", "close");
    }
    done();
  });

  return state;
}
