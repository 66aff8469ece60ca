"""What the service and its server tell each other."""

from dataclasses import dataclass
from typing import Literal


@dataclass
class State:
    # Told to stop, it drains: it is not ready and still takes requests. Closing, it takes no new
    # connections and keeps none.
    phase: Literal["serving", "draining", "closing"] = "serving"
    # Requests that are not answered yet.
    in_flight: int = 0
