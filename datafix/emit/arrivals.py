"""What comes from a tf.data service, without waiting for a worker that will not come back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from datafix.errors import DatafixWarning

PATIENCE_SECONDS = 30.0
"""A service that hands nothing out for so long may never do so again."""
_HELD = 4


def arriving(shared: Callable[[], Iterable[Any]]) -> Iterator[Any | None]:
    """Yield the elements of the dataset that is made as they come, and None each time one is asked for in a silence.

    A silence begins when nothing has come for ``PATIENCE_SECONDS``, and ends with the next element. TensorFlow waits
    for a worker that is gone until another takes its address, in a thread for each time that this is called. What is
    raised there is raised here.

    Warns
    -----
    DatafixWarning
        When a silence begins.
    """
    arrived: Queue[Any] = Queue(_HELD)
    left = Event()
    thread = Thread(target=_listen, args=(shared, arrived, left), daemon=True)
    thread.start()
    patience = PATIENCE_SECONDS
    try:
        while True:
            try:
                kind, what = arrived.get(timeout=patience)
            except Empty:
                if patience:
                    warnings.warn(
                        f"The tf.data service has handed out nothing for {patience:g} seconds: batches are made here "
                        "until it does again. Are its workers alive, and can they read the files?",
                        DatafixWarning,
                        stacklevel=2,
                    )
                patience = 0.0
                yield None
                continue
            if kind == "end":
                return
            if kind == "error":
                raise what
            patience = PATIENCE_SECONDS
            yield what
    finally:
        left.set()
        while not arrived.empty():  # the listener may wait for room
            arrived.get_nowait()


def _listen(shared: Callable[[], Iterable[Any]], arrived: Queue[Any], left: Event) -> None:
    try:
        for element in shared():  # a dispatcher that is gone is waited for as it is made
            if left.is_set():
                return
            arrived.put(("element", element))
    except Exception as error:  # noqa: BLE001 (it is raised where the elements are asked for)
        arrived.put(("error", error))
    else:
        arrived.put(("end", None))
