"""Listens, serves, ends gracefully."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from types import FrameType

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .service import new_api, serve_with_limits
from .state import State

log = logging.getLogger(__name__)

# Where it listens unless PORT says otherwise; plat.yaml names the same one.
DEFAULT_PORT = {= port =}


@dataclass(frozen=True)
class Times:
    """
    How long each step of the end takes at most, in seconds. Together with the delays before it,
    they stay below the 30 s that Kubernetes grants.
    """

    # It is not ready and still takes requests, so that a load balancer that asks /readyz can look
    # elsewhere first.
    drain: float = 1
    # It takes no new connections, and ends each one with its next answer.
    last_requests: float = 1
    # Requests in flight may take to end.
    shutdown: float = 20


TIMES = Times()


class Protocol(H11Protocol):
    """HTTP with a time within which a request must have arrived: uvicorn has none."""

    max_arrival = 15.0
    _arrival: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        if self._arrival is None:
            self._expect()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._arrival = self.loop.call_later(self.max_arrival, self.transport.close)

    def _arrived(self) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None


class Server(uvicorn.Server):
    """uvicorn, with an end that no request notices: its own closes idle connections at once."""

    def __init__(self, app: ASGIApp, state: State, times: Times = TIMES) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=90,
                timeout_graceful_shutdown=1,
            )
        )
        self.state = state
        self.times = times
        self.cut_off = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            # A second signal ends the process at once.
            os._exit(128 + sig)
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for sock in sockets or []:
            log.info("listening", extra={"port": sock.getsockname()[1]})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("draining")
        self.state.phase = "draining"
        await asyncio.sleep(self.times.drain)

        self.state.phase = "closing"
        for server in self.servers:
            server.close()
        await asyncio.sleep(self.times.last_requests)
        deadline = monotonic() + self.times.shutdown
        while self.state.in_flight and monotonic() < deadline:  # noqa: ASYNC110, as uvicorn does
            await asyncio.sleep(0.05)

        self.cut_off = self.state.in_flight
        await super().shutdown(sockets)
        if self.cut_off:
            log.error("stopped before all requests were answered", extra={"requests": self.cut_off})
        else:
            log.info("stopped")


def port(environ: Mapping[str, str]) -> int:
    """The port that PORT names."""
    return int(environ.get("PORT") or DEFAULT_PORT)


def listen(port: int) -> socket.socket:
    """On every interface: of IPv6 and IPv4, or of IPv4 alone where the machine has no IPv6."""
    if socket.has_dualstack_ipv6():
        sock = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        sock = socket.create_server(("", port))
    # Its connections inherit it. asyncio sets it only where it made the socket itself, and without
    # it every answer waits some 40 ms for the client's acknowledgement.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def run(port: int) -> None:
    """Listens and serves until a signal, then ends gracefully."""
    state = State()
    server = Server(serve_with_limits(new_api(state), state), state)
    sock = listen(port)

    async def serve() -> None:
        await server.serve(sockets=[sock])
        if server.cut_off:
            # At once: asyncio would wait for handlers that run in threads.
            os._exit(1)

    asyncio.run(serve())
