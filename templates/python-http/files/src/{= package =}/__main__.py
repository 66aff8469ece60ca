"""Runs the service: python -m {= package =}."""

import os

from . import logs, server

logs.configure()
server.run(server.port(os.environ))
