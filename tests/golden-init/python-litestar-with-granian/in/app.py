from litestar import Litestar, get


@get("/health")
async def health() -> str:
    return "ok"


app = Litestar(route_handlers=[health])
