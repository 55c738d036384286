"""Things that happen at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable
from typing import Any


def both(*calls: Callable[[], Any]) -> list[Any]:
    """Call at the same moment, each in a thread of its own."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def go(index: int, call: Callable[[], Any]) -> None:
        start.wait()
        answers[index] = call()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
