"""What a battery has counted, for the one line that it prints at its end."""

import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest


@dataclass
class Tally:
    """Figures by name, since when, and from which seed."""

    name: str
    seed: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)

    def tell(self, config: pytest.Config) -> None:
        """Print the line past pytest's capture: it is what the battery is run for."""
        figures = " · ".join(f"{name} {number}" for name, number in self.counted.items())
        seconds = time.monotonic() - self.begun
        capture = config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            print(f"\n{self.name}: {figures} · {seconds:.0f} s · seed {self.seed}", flush=True)
