"""What a battery has counted, for the one line that it prints at its end."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Figures by name, since when, and from which seed."""

    name: str
    seed: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)

    def tell(self) -> None:
        """Print the line past pytest's capture: it is what the battery is run for."""
        figures = " · ".join(f"{name} {number}" for name, number in self.counted.items())
        seconds = time.monotonic() - self.begun
        print(f"\n{self.name}: {figures} · {seconds:.0f} s · seed {self.seed}", file=sys.__stderr__, flush=True)
