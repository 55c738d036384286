"""What the person at the keyboard sees while the stack starts: each step, its state, its seconds."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class Step:
    """One line of the list."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.detail = ""
        self.is_failed = False
        self._began = time.monotonic()
        self._ended: float | None = None
        self._spinner = Spinner("dots")

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return (self._ended or time.monotonic()) - self._began

    @property
    def is_over(self) -> bool:
        """Say whether it ended, well or not."""
        return self._ended is not None

    def report(self, done: int, total: int) -> None:
        """Show a download as a bar with megabytes."""
        share = done / total if total else 0
        filled = round(share * 20)
        self.detail = f"{'█' * filled}{'░' * (20 - filled)} {done / 1e6:.0f}/{total / 1e6:.0f} MB"

    def end(self, *, is_failed: bool) -> None:
        """Stop the clock."""
        self.is_failed = is_failed
        self._ended = time.monotonic()

    def mark(self) -> RenderableType:
        """Give the sign in front."""
        if not self.is_over:
            return self._spinner
        return Text("✗", style="bold red") if self.is_failed else Text("✓", style="bold green")


class Progress:
    """The list of steps: redrawn in place on a terminal, a line at each end elsewhere. Thread-safe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: list[Step] = []
        self._lock = threading.Lock()
        self._live = (
            Live(get_renderable=self._table, console=console, refresh_per_second=8) if console.is_terminal else None
        )

    @classmethod
    def silent(cls) -> Self:
        """Give one that shows nothing, for tests."""
        return cls(Console(quiet=True, force_terminal=False))

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last picture."""
        if self._live:
            self._live.stop()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show a step while the block runs."""
        step = Step(name)
        with self._lock:
            self._steps.append(step)
        try:
            yield step
        except BaseException:
            self._end(step, is_failed=True)
            raise
        self._end(step, is_failed=False)

    def _end(self, step: Step, *, is_failed: bool) -> None:
        step.end(is_failed=is_failed)
        if self._live is None:
            state = "interrotto" if is_failed else "fatto"
            self._console.print(f"{step.name}: {state} in {step.seconds:.1f} s", highlight=False)

    def _table(self) -> Group:
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for step in self._steps:
                table.add_row(step.mark(), step.name, f"{step.seconds:.1f} s", step.detail)
        return Group(table)
