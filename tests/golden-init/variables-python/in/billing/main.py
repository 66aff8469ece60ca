import os

from fastapi import FastAPI

from billing.settings import Settings

app = FastAPI()
settings = Settings()
tax = os.environ["TAX_RATE"]
cache = os.getenv("CACHE_URL")
if cache:
    connect(cache)
debug = os.environ.get("DEBUG_SQL", "0") == "1"
