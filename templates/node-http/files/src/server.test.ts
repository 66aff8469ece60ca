import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { newLog } from "./log.ts";
import { listen, port, stop, times } from "./server.ts";
import { newService } from "./service.ts";

const quick = { ...times, drain: 0, lastRequests: 0 };

async function started() {
  const lines: string[] = [];
  const service = newService(newLog({ write: (line) => lines.push(line) }));
  service.app.get("/slow", async () => {
    await sleep(300);
    return "done";
  });
  service.app.get("/hang", () => new Promise(() => {}));
  await listen(service, 0);
  const { port } = service.app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const ask = async (path: string): Promise<IncomingMessage> => {
    const [answer] = await once(get({ host: "127.0.0.1", port, path, agent }), "response");
    answer.resume();
    await once(answer, "end");
    return answer;
  };
  return { service, port, ask, lines };
}

const refused = (port: number) =>
  assert.rejects(once(connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });

test("it serves until it is told to stop", async () => {
  const { service, port, ask } = await started();
  assert.equal((await ask("/readyz")).statusCode, 200);
  assert.equal(await stop(service, quick), true);
  await refused(port);
});

test("while it drains it answers as before, but is not ready", async () => {
  const { service, ask } = await started();
  const stopped = stop(service, { ...quick, drain: 1_000 });
  assert.equal((await ask("/readyz")).statusCode, 503);
  const hello = await ask("/hello/Ada");
  assert.equal(hello.statusCode, 200);
  assert.equal(hello.headers.connection, "keep-alive");
  assert.equal(await stopped, true);
});

test("a connection that is in use ends with its next answer", async () => {
  const { service, port, ask } = await started();
  await ask("/");
  const stopped = stop(service, { ...quick, lastRequests: 1_000 });
  await sleep(50);
  const last = await ask("/");
  assert.equal(last.statusCode, 200);
  assert.equal(last.headers.connection, "close");
  await refused(port);
  assert.equal(await stopped, true);
});

test("a request in flight is answered", async () => {
  const { service, ask } = await started();
  const slow = ask("/slow");
  await once(service.app.server, "request");
  const stopped = stop(service, quick);
  assert.equal((await slow).statusCode, 200);
  assert.equal(await stopped, true);
});

test("a request that takes too long is cut off, and the end says so", async () => {
  const { service, ask, lines } = await started();
  const slow = assert.rejects(ask("/hang"), { code: "ECONNRESET" });
  await once(service.app.server, "request");
  assert.equal(await stop(service, { ...quick, shutdown: 100 }), false);
  await slow;
  assert.match(lines.join(""), /"path":"\/hang","status":499/);
});

test("a connection without a request does not delay the end", async () => {
  const { service, port } = await started();
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const start = performance.now();
  assert.equal(await stop(service, quick), true);
  assert.ok(performance.now() - start < 2_000);
});

test("PORT names the port", () => {
  assert.equal(port({}), {= port =});
  assert.equal(port({ PORT: "" }), {= port =});
  assert.equal(port({ PORT: "9000" }), 9000);
});

test("a port that cannot be used is an error", async () => {
  const taken = await started();
  for (const port of [taken.port, Number.NaN, 99_999]) {
    await assert.rejects(listen(newService(newLog({ write: () => {} })), port));
  }
  await stop(taken.service, quick);
});
