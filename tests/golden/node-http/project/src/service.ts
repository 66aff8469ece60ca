import { randomUUID } from "node:crypto";
import { type FastifyError, fastify, LogController } from "fastify";
import type { Logger } from "pino";
import { register } from "prom-client";
import { observe } from "./observe.ts";

/** The largest request body that is read, in bytes. */
const maxBody = 1 << 20;

export type Service = ReturnType<typeof newService>;

/** The whole service: routes, limits, the request log and metrics. */
export function newService(log: Logger) {
  const app = fastify({
    loggerInstance: log,
    // observe.ts writes a line for each request.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "request_id",
    }),
    requestIdHeader: "x-request-id",
    genReqId: () => randomUUID(),
    bodyLimit: maxBody,
    // All in milliseconds. Headers, then the whole request, must arrive within:
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    requestTimeout: 15_000,
    // A handler that takes longer is answered for with 503; a client that takes no answer is cut off.
    handlerTimeout: 30_000,
    connectionTimeout: 35_000,
    keepAliveTimeout: 90_000,
    // What arrives while it closes is answered; observe.ts ends its connection.
    return503OnClosing: false,
  });
  const state = observe(app);

  app.get("/", () => ({ service: "payments-api" }));
  app.get<{ Params: { name: string } }>("/hello/:name", ({ params }) => ({
    message: `Hello, ${params.name}!`,
  }));
  // The process lives. It looks at nothing else: a slow database must not restart every replica.
  app.get("/healthz", () => ({ status: "ok" }));
  // Whether new requests are welcome: not while it drains.
  app.get("/readyz", (_request, reply) =>
    state.phase === "serving" ? { status: "ok" } : reply.code(503).send({ status: "draining" }),
  );
  app.get("/metrics", async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  );

  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) {
      return reply.code(status).send({ error: error.message });
    }
    // The reason is for the log, not for the caller.
    request.log.error({ err: error }, "failed");
    return reply.code(status).send({ error: "internal error" });
  });

  return { app, state };
}
