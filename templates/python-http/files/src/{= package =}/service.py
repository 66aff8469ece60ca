"""Routes and limits: README.md says what each route answers."""

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from .middleware import Deadline, Observe
from .state import State

NAME = "{= name =}"

# The largest request body that is read, in bytes.
MAX_BODY = 1 << 20

# How long a request may take to be answered, in seconds.
MAX_DURATION = 30.0


def new_api(state: State) -> FastAPI:
    api = FastAPI(title=NAME, max_body_size=MAX_BODY)

    @api.get("/")
    async def index() -> dict[str, str]:
        return {"service": NAME}

    @api.get("/hello/{name}")
    async def hello(name: str) -> dict[str, str]:
        return {"message": f"Hello, {name}!"}

    @api.get("/healthz")
    async def healthz() -> dict[str, str]:
        # It looks at nothing else: a slow database must not restart every replica.
        return {"status": "ok"}

    @api.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        if state.phase != "serving":
            response.status_code = 503
            return {"status": "draining"}
        return {"status": "ok"}

    @api.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return api


def serve_with_limits(api: ASGIApp, state: State) -> ASGIApp:
    """What every request has: a limit of time, a line in the log, a figure in the metrics."""
    return Observe(Deadline(api, MAX_DURATION), state)
