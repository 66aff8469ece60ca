import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Thread

import httpx2 as httpx
import pytest

from {= package =}.server import (
    Protocol,
    Server,
    Times,
    listen,
    port,
)
from {= package =}.service import new_api, serve_with_limits
from {= package =}.state import State


class Running:
    """A server in a thread, and a client that keeps its connection."""

    def __init__(self, times: Times) -> None:
        state = State()
        api = new_api(state)

        @api.get("/slow/{seconds}")
        async def slow(seconds: float) -> str:
            await asyncio.sleep(seconds)
            return "done"

        sock = listen(0)
        self.port: int = sock.getsockname()[1]
        self.state = state
        self.server = Server(serve_with_limits(api, state), state, times)
        self.thread = Thread(target=self.server.run, kwargs={"sockets": [sock]})
        self.thread.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}")

    def stop(self) -> None:
        self.server.should_exit = True

    def wait_for(self, phase: str) -> None:
        while self.state.phase != phase:
            time.sleep(0.01)

    def end(self) -> None:
        self.stop()
        self.thread.join(10)
        self.client.close()
        assert not self.thread.is_alive()


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    running = Running(getattr(request, "param", Times(drain=0, last_requests=0)))
    yield running
    running.end()


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_serves_until_it_is_told_to_stop(running: Running) -> None:
    assert running.client.get("/readyz").status_code == 200
    running.end()
    assert refused(running.port)
    assert running.server.cut_off == 0


@pytest.mark.parametrize("running", [Times(drain=2, last_requests=0)], indirect=True)
def test_while_it_drains_it_answers_as_before_but_is_not_ready(running: Running) -> None:
    running.stop()
    running.wait_for("draining")
    assert running.client.get("/readyz").status_code == 503
    hello = running.client.get("/hello/Ada")
    assert hello.status_code == 200
    assert "connection" not in hello.headers


@pytest.mark.parametrize("running", [Times(drain=0, last_requests=2)], indirect=True)
def test_a_connection_that_is_in_use_ends_with_its_next_answer(running: Running) -> None:
    running.client.get("/")
    running.stop()
    running.wait_for("closing")
    last = running.client.get("/")
    assert last.status_code == 200
    assert last.headers["connection"] == "close"
    assert refused(running.port)


def start_slow(running: Running, seconds: float) -> tuple[Thread, list[int]]:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(running.client.get(f"/slow/{seconds}", timeout=30).status_code)

    thread = Thread(target=ask)
    thread.start()
    while not running.state.in_flight:
        time.sleep(0.01)
    return thread, statuses


def test_a_request_in_flight_is_answered(running: Running) -> None:
    thread, statuses = start_slow(running, 0.5)
    running.end()
    thread.join()
    assert statuses == [200]


@pytest.mark.parametrize("running", [Times(0, 0, shutdown=0.1)], indirect=True)
def test_a_request_that_takes_too_long_is_cut_off(running: Running) -> None:
    thread, statuses = start_slow(running, 20)
    running.stop()
    thread.join()
    running.thread.join()
    assert statuses == [500]
    assert running.server.cut_off == 1


def test_a_connection_without_a_request_does_not_delay_the_end(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)):
        start = time.monotonic()
        running.end()
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHos", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_request_must_arrive_in_time(
    running: Running, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(Protocol, "max_arrival", 0.1)
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""


def test_both_families_are_listened_to(running: Running) -> None:
    if socket.has_dualstack_ipv6():
        assert httpx.get(f"http://[::1]:{running.port}/").status_code == 200


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listen(0) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_port() -> None:
    assert port({}) == {= port =}
    assert port({"PORT": ""}) == {= port =}
    assert port({"PORT": "9000"}) == 9000


def start() -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "{= package =}"],
        env={**os.environ, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, json.loads(process.stdout.readline())["port"]


def test_a_signal_ends_it_with_0() -> None:
    process, port = start()
    with process:
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.stdout
        lines = [json.loads(line)["msg"] for line in process.stdout]
    assert lines == ["draining", "stopped"]
    assert process.returncode == 0


def test_a_second_signal_ends_it_at_once() -> None:
    process, _ = start()
    with process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_port_that_is_taken_is_an_error(running: Running) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "{= package =}"],
        env={**os.environ, "PORT": str(running.port)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "already in use" in json.loads(process.stdout)["error"]
