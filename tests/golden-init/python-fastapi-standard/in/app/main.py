import uvicorn
from fastapi import FastAPI
from .routers import users

app = FastAPI(title="users")
app.include_router(users.router, prefix="/api")

if __name__ == "__main__":
    uvicorn.run("app.main:app", host="0.0.0.0", port=8090, reload=True)
