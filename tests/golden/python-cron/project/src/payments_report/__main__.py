"""Runs the job once: python -m payments_report."""

import sys

from . import job, logs
from .run import Stop, run

logs.configure()
stop = Stop()
stop.on_signals()
sys.exit(run(job.pending(), job.handle, stop))
