import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from {= package =}.logs import JsonFormatter
from {= package =}.run import Stop, run


class Recorded:
    """A handler that notes what it was given, fails for "bad" and stops the run at "last"."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.stop = Stop()

    def __call__(self, item: str) -> None:
        self.handled.append(item)
        if item == "bad":
            raise RuntimeError("no database")
        if item == "last":
            self.stop.requested = True


@pytest.mark.parametrize(
    ("items", "handled", "code", "said"),
    [
        ([], [], 0, "finished"),
        (["a", "b"], ["a", "b"], 0, "finished"),
        (["a", "bad", "b"], ["a", "bad", "b"], 1, "finished"),
        (["a", "last", "b"], ["a", "last"], 1, "stopped before the end"),
        (["a", "last"], ["a", "last"], 0, "finished"),
    ],
)
def test_run(
    caplog: pytest.LogCaptureFixture, items: list[str], handled: list[str], code: int, said: str
) -> None:
    caplog.set_level(logging.INFO)
    recorded = Recorded()
    assert run(items, recorded, recorded.stop) == code
    assert recorded.handled == handled
    last = caplog.records[-1]
    assert last.getMessage() == said
    assert (last.levelname == "ERROR") == (code != 0)


def test_what_fails_is_named_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    recorded = Recorded()
    run(["bad"], recorded, recorded.stop)
    line = json.loads(JsonFormatter().format(caplog.records[0]))
    assert (line["level"], line["msg"], line["item"]) == ("error", "failed", "bad")
    assert "RuntimeError: no database" in line["error"]


def test_the_job_runs() -> None:
    command = [sys.executable, "-m", "{= package =}"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["msg"] for line in lines] == ["hello", "hello", "hello", "finished"]


SLOW = """
import sys, time
from {= package =} import logs
from {= package =}.run import Stop, run

def handle(item):
    print("began", flush=True)
    time.sleep(0.5)

logs.configure()
stop = Stop()
stop.on_signals()
sys.exit(run(["a", "b"], handle, stop))
"""


@pytest.fixture
def slow() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SLOW]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield process


def test_a_signal_lets_it_finish_what_it_began(slow: subprocess.Popen[str]) -> None:
    slow.send_signal(signal.SIGTERM)
    said, _ = slow.communicate()
    line = json.loads(said)
    assert (line["msg"], line["done"]) == ("stopped before the end", 1)
    assert slow.returncode == 1


def test_a_second_signal_ends_it_at_once(slow: subprocess.Popen[str]) -> None:
    slow.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    slow.send_signal(signal.SIGTERM)
    said, _ = slow.communicate()
    assert said == ""
    assert slow.returncode == 128 + signal.SIGTERM
