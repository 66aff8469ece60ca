"""Runs the service: python -m payments_api."""

import os

from . import logs, server

logs.configure()
server.run(server.port(os.environ))
