"""What the job does: the example to replace."""

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)


def pending() -> Iterable[str]:
    """
    What is still to do. Ask the place that knows what is done already (a database, a bucket): then
    a run that comes late, comes twice or follows one that was cut off does the rest and no more.
    """
    return ["Ada", "Grace", "Katherine"]


def handle(item: str) -> None:
    """Does one and notes it. To do it again must do no harm: a run can end in between."""
    log.info("hello", extra={"item": item})
