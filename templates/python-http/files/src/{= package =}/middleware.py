"""What every request has: a limit of time, a line in the log, a figure in the metrics."""

import asyncio
import logging
from time import perf_counter

from fastapi.routing import APIRoute
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .state import State

log = logging.getLogger(__name__)

# Asked every few seconds by machines: only worth a line when they fail.
PROBES = {"/healthz", "/readyz", "/metrics"}

DURATION = Histogram(
    "http_request_duration_seconds",
    "How long requests took until they were answered.",
    ["method", "route", "status"],
)


class Deadline:
    """Answers 503 for a handler that takes too long; an answer that was begun is cut off."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = False

        async def noting_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        deadline = asyncio.timeout(self.seconds)
        try:
            async with deadline:
                await self.app(scope, receive, noting_send)
        except TimeoutError:
            if begun or not deadline.expired():
                raise
            log.error("no answer in time", extra={"path": scope["path"], "seconds": self.seconds})
            await JSONResponse({"detail": "Timeout"}, status_code=503)(scope, receive, send)


class Observe:
    """Logs, counts and measures; ends each connection with its next answer while it closes."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start = perf_counter()
        # What uvicorn answers for an app that fails before it answers.
        status = 500
        size = 0

        async def observed_send(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.state.phase == "closing":
                    MutableHeaders(scope=message)["connection"] = "close"
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        self.state.in_flight += 1
        try:
            await self.app(scope, receive, observed_send)
        finally:
            self.state.in_flight -= 1
            record(scope, status, size, perf_counter() - start)


def record(scope: Scope, status: int, size: int, seconds: float) -> None:
    # By route, not by path, and without the methods that no route has: what clients can choose
    # freely would make a series of each value.
    route = scope.get("route")
    if isinstance(route, APIRoute) and scope["method"] in (route.methods or ()):
        labels = (scope["method"], route.path)
    else:
        labels = ("any", "none")
    DURATION.labels(*labels, status).observe(seconds)

    path = scope["path"]
    is_probe = path in PROBES
    if is_probe and status == 200:
        return
    fields: dict[str, object] = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "bytes": size,
        "milliseconds": round(seconds * 1000, 3),
    }
    if scope["client"]:
        # A socket of IPv6 shows IPv4 as ::ffff:192.0.2.1.
        fields["remote"] = scope["client"][0].removeprefix("::ffff:")
    if request_id := Headers(scope=scope).get("x-request-id"):
        fields["request_id"] = request_id
    # A probe that is told "draining" is no error.
    level = logging.ERROR if status >= 500 and not is_probe else logging.INFO
    log.log(level, "request", extra=fields)
