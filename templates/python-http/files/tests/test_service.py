import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Response
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from {= package =}.logs import JsonFormatter
from {= package =}.middleware import Deadline, Observe
from {= package =}.service import (
    MAX_BODY,
    new_api,
    serve_with_limits,
)
from {= package =}.state import State


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def api(state: State) -> FastAPI:
    return new_api(state)


@pytest.fixture
def client(api: FastAPI, state: State) -> Iterator[TestClient]:
    app = serve_with_limits(api, state)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/", 200, {"service": "{= name =}"}),
        ("GET", "/hello/Ada", 200, {"message": "Hello, Ada!"}),
        ("GET", "/healthz", 200, {"status": "ok"}),
        ("GET", "/readyz", 200, {"status": "ok"}),
        ("GET", "/nothing", 404, {"detail": "Not Found"}),
        ("POST", "/", 405, {"detail": "Method Not Allowed"}),
    ],
)
def test_routes(
    client: TestClient, method: str, path: str, status: int, body: dict[str, str]
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json() == body


def test_not_ready_while_it_drains(client: TestClient, state: State) -> None:
    state.phase = "draining"
    statuses = {path: client.get(path).status_code for path in ("/readyz", "/healthz", "/")}
    assert statuses == {"/readyz": 503, "/healthz": 200, "/": 200}


def test_a_body_that_is_too_large_is_refused(client: TestClient, api: FastAPI) -> None:
    @api.post("/size")
    async def size(text: dict[str, str]) -> int:
        return len(text["text"])

    assert client.post("/size", json={"text": "x" * (MAX_BODY - 100)}).status_code == 200
    assert client.post("/size", json={"text": "x" * MAX_BODY}).status_code == 413


def test_metrics_count_by_route_not_by_path(client: TestClient) -> None:
    labels = {"method": "GET", "route": "/hello/{name}", "status": "200"}
    name = "http_request_duration_seconds_count"
    before = REGISTRY.get_sample_value(name, labels) or 0
    client.get("/hello/Ada")
    client.get("/hello/Grace")
    assert REGISTRY.get_sample_value(name, labels) == before + 2
    assert "process_cpu_seconds_total" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("path", "status", "want"),
    [
        ("/x/200?token=1", 200, {"level": "info", "path": "/x/200", "bytes": 7}),
        ("/x/404", 404, {"level": "info"}),
        ("/x/502", 502, {"level": "error"}),
        ("/fails", 500, {"level": "error"}),
        ("/readyz", 503, {"level": "info"}),
    ],
)
def test_a_request_is_one_line(
    client: TestClient,
    api: FastAPI,
    state: State,
    caplog: pytest.LogCaptureFixture,
    path: str,
    status: int,
    want: dict[str, object],
) -> None:
    @api.get("/x/{status}")
    async def answers(status: int) -> Response:
        return Response("1234567", status)

    @api.get("/fails")
    async def fails() -> None:
        raise RuntimeError("no database")

    state.phase = "draining"
    caplog.set_level(logging.INFO, logger="{= package =}")
    answer = client.get(path, headers={"x-request-id": "abc"})
    assert answer.status_code == status
    assert "database" not in answer.text
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [line["msg"] for line in lines] == ["request"]
    want = {"status": status, "request_id": "abc", **want}
    assert {key: lines[0][key] for key in want} == want


def test_a_healthy_probe_is_no_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="{= package =}")
    client.get("/readyz")
    client.get("/healthz")
    assert caplog.records == []


def test_a_handler_that_takes_too_long_is_answered_for(api: FastAPI) -> None:
    @api.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    with TestClient(Observe(Deadline(api, 0.05), State())) as client:
        assert client.get("/slow").status_code == 503


def test_what_is_logged_is_json() -> None:
    record = logging.makeLogRecord(
        {"msg": "took %d\n", "args": (3,), "levelname": "INFO", "item": 'a "b"'}
    )
    line = json.loads(JsonFormatter().format(record))
    assert line["time"].endswith("+00:00")
    assert {key: line[key] for key in ("level", "msg", "item")} == {
        "level": "info",
        "msg": "took 3",
        "item": 'a "b"',
    }
