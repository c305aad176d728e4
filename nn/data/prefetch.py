"""Work of the next batch while the current one is used: an iterator that runs ahead in a thread."""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


class _Failed:
    """An exception on its way from the thread to the consumer."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


_END = object()


def ahead(items: Iterator[T], count: int) -> Iterator[T]:
    """Give what ``items`` gives, made by a thread that is up to ``count`` items ahead.

    The thread begins at the first ``next``. It runs in a copy of the consumer's context, so modes
    such as ``np.errstate`` hold in it. An exception of ``items`` is raised here, in its turn. When
    the consumer stops early the thread ends after the item that it is at.
    """
    ready: queue.Queue[object] = queue.Queue(count)
    stop = threading.Event()
    # A daemon, so that a program may end while an iterator is still held somewhere.
    thread = threading.Thread(
        target=contextvars.copy_context().run,
        args=(_fill, items, ready, stop),
        name="chalkgrad-prefetch",
        daemon=True,
    )
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, _Failed):
                failed, item = item, None
                # Its traceback will hold this frame, which must not hold it in turn.
                try:
                    raise failed.error
                finally:
                    del failed
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        # The thread may wait for room to put one more item; afterwards it sees that it shall stop.
        while not ready.empty():
            ready.get_nowait()
        # While the interpreter shuts down daemons no longer run, and would be waited for forever.
        if not sys.is_finalizing():
            thread.join()


def _fill(items: Iterator[object], ready: queue.Queue[object], stop: threading.Event) -> None:
    try:
        for item in items:
            ready.put(item)
            # Held any longer, a batch would take memory until the next one is made.
            del item
            if stop.is_set():
                return
    except BaseException as error:
        ready.put(_Failed(error))
    else:
        ready.put(_END)
