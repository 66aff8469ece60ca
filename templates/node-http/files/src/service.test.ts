import assert from "node:assert/strict";
import { test } from "node:test";
import { register } from "prom-client";
import { newLog } from "./log.ts";
import { newService } from "./service.ts";

/** A service and the lines that it logs. */
function logged() {
  const lines: Record<string, unknown>[] = [];
  const log = newLog({ write: (line) => lines.push(JSON.parse(line)) });
  return { service: newService(log), lines };
}

const name = "{= name =}";
const routes = [
  { path: "/", status: 200, body: { service: name } },
  { path: "/hello/Ada", status: 200, body: { message: "Hello, Ada!" } },
  { path: "/healthz", status: 200, body: { status: "ok" } },
  { path: "/readyz", status: 200, body: { status: "ok" } },
  { path: "/nothing", status: 404, body: { error: "not found" } },
];
for (const { path, status, body } of routes) {
  test(`GET ${path} is answered with ${status}`, async () => {
    const answer = await logged().service.app.inject(path);
    assert.equal(answer.statusCode, status);
    assert.deepEqual(answer.json(), body);
  });
}

test("it is not ready while it drains, and still answers", async () => {
  const { service } = logged();
  service.state.phase = "draining";
  for (const [path, status] of Object.entries({ "/readyz": 503, "/healthz": 200, "/": 200 })) {
    const answer = await service.app.inject(path);
    assert.equal(answer.statusCode, status, path);
  }
});

test("a body that is too large is refused", async () => {
  const { service } = logged();
  service.app.post("/", (request) => request.body);
  const post = (size: number) =>
    service.app.inject({ method: "POST", url: "/", payload: { text: "x".repeat(size) } });
  assert.equal((await post(1_000_000)).statusCode, 200);
  assert.equal((await post(1_100_000)).statusCode, 413);
});

test("metrics count by route, not by path", async () => {
  const { service } = logged();
  register.resetMetrics();
  await service.app.inject("/hello/Ada");
  await service.app.inject("/hello/Grace");
  const { body } = await service.app.inject("/metrics");
  assert.match(
    body,
    /http_request_duration_seconds_count\{method="GET",route="\/hello\/:name",status="200"\} 2/,
  );
  assert.match(body, /process_cpu_seconds_total/);
});

const requests = [
  {
    name: "answered",
    path: "/x?token=1",
    status: 200,
    want: { level: "info", path: "/x", bytes: 5 },
  },
  { name: "refused", path: "/x", status: 404, want: { level: "info", status: 404 } },
  { name: "failed", path: "/x", status: 502, want: { level: "error", status: 502 } },
  { name: "draining probe", path: "/readyz", status: 503, want: { level: "info", status: 503 } },
];
for (const { name, path, status, want } of requests) {
  test(`a request that is ${name} is one line`, async () => {
    const { service, lines } = logged();
    service.state.phase = "draining";
    service.app.get("/x", (_request, reply) => reply.code(status).send("hello"));
    await service.app.inject({ url: path, headers: { "x-request-id": "abc" } });
    assert.equal(lines.length, 1);
    const line = lines[0];
    assert.deepEqual({ ...line, ...want, msg: "request", request_id: "abc" }, line);
  });
}

test("a healthy probe is no line", async () => {
  const { service, lines } = logged();
  await service.app.inject("/readyz");
  await service.app.inject("/healthz");
  assert.deepEqual(lines, []);
});

test("an error's reason is logged, not answered, and nothing else that it holds", async () => {
  const { service, lines } = logged();
  service.app.get("/x", () => {
    throw Object.assign(new Error("no database"), { password: "hunter2" });
  });
  const answer = await service.app.inject("/x");
  assert.equal(answer.statusCode, 500);
  assert.deepEqual(answer.json(), { error: "internal error" });
  const log = JSON.stringify(lines);
  assert.match(log, /no database/);
  assert.doesNotMatch(log, /hunter2/);
});
