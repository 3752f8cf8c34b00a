"""The command ``datafix``: one file a command; this one turns what happens into an exit status."""

from __future__ import annotations

import io
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from datafix.errors import DatafixError, DatafixWarning

FINDINGS, BAD_USAGE, INTERNAL = 1, 2, 3

__all__ = ["BAD_USAGE", "FINDINGS", "INTERNAL", "main"]


class _Stopped(BaseException):
    """Ctrl-C, or a request to end: no Exception, so that nobody keeps it, and drafts of files go on its way up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> NoReturn:
    """Run the command, and turn what goes wrong into an exit status."""
    try:
        with _stopping(), _plainly_told():
            from datafix.cli.app import app  # takes seconds, in which Ctrl-C is to work too

            app(prog_name="datafix")
    except _Stopped as stop:
        _tell(f"stopped by {signal.Signals(stop.number).name}; no file was left half written.")
        sys.exit(128 + stop.number)
    except (DatafixError, OSError) as error:  # OSError: a file that cannot be written
        _tell(str(error))
        sys.exit(BAD_USAGE)
    except Exception:  # noqa: BLE001 - the command's edge: the traceback is shown, the status says whose fault it is
        traceback.print_exc()
        _tell("this is a fault of datafix. Please report it with the traceback above.")
        sys.exit(INTERNAL)
    sys.exit(0)


@contextmanager
def _stopping() -> Iterator[None]:
    """Make SIGINT and SIGTERM an exception of ours, where the thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: object) -> NoReturn:
    raise _Stopped(number)


@contextmanager
def _plainly_told() -> Iterator[None]:
    """Tell datafix's warnings in one line, and what a terminal cannot show by its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    usual: Any = warnings.showwarning

    def show(message: Any, category: type[Warning], *place: Any, **options: Any) -> None:
        if issubclass(category, DatafixWarning):
            _tell(str(message))
        else:
            usual(message, category, *place, **options)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = usual


def _tell(message: str) -> None:
    sys.stderr.write(f"datafix: {message}\n")
