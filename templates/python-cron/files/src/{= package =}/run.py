"""One run of the job."""

import logging
import os
import signal
from collections.abc import Callable, Iterable
from time import monotonic
from types import FrameType

log = logging.getLogger(__name__)


class Stop:
    """Whether the run was told to stop: by Ctrl-C, or by Kubernetes, which kills it 30 s later."""

    requested = False

    def on_signals(self) -> None:
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, self._handle)

    # It logs nothing: it may have interrupted the writing of a line.
    def _handle(self, sig: int, frame: FrameType | None) -> None:
        if self.requested:
            # A second signal ends the process at once.
            os._exit(128 + sig)
        self.requested = True


def run(items: Iterable[str], handle: Callable[[str], None], stop: Stop) -> int:
    """
    Handles the items one after the other. One that fails keeps none of the others from being
    handled; once told to stop, it finishes the one in hand and begins no other.

    The exit code: 0 when all is done, so that Kubernetes tries again where something is left.
    """
    start = monotonic()
    done = failed = 0
    stopped = False
    for item in items:
        if stop.requested:
            stopped = True
            break
        try:
            handle(item)
        except Exception:
            log.exception("failed", extra={"item": item})
            failed += 1
        else:
            done += 1
    seconds = round(monotonic() - start, 3)
    level = logging.ERROR if failed or stopped else logging.INFO
    what = "stopped before the end" if stopped else "finished"
    log.log(level, what, extra={"done": done, "failed": failed, "seconds": seconds})
    return 1 if failed or stopped else 0
