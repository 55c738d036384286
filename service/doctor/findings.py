"""What one check found, in a line for whoever administers the installation. No secret, no address of a person in it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The words at the beginning of the line."""

    GOOD = "a posto"
    BAD = "da sistemare"
    UNKNOWN = "non controllato"  # something it needs is away or was not given: no fault by itself


@dataclass(frozen=True, slots=True)
class Finding:
    """A check by name; `text` says what is so, or what to do."""

    name: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        """Give the line."""
        return f"{self.verdict.value:<15}  {self.name}: {self.text}"


Check = Callable[[], Iterable[Finding]]


def good(name: str, text: str) -> Finding:
    """Say that it is as it must be."""
    return Finding(name, Verdict.GOOD, text)


def bad(name: str, text: str) -> Finding:
    """Say what to mend."""
    return Finding(name, Verdict.BAD, text)


def unknown(name: str, text: str) -> Finding:
    """Say why it was not looked at."""
    return Finding(name, Verdict.UNKNOWN, text)


def run(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Run them one after the other; one that breaks off holds up no other, and tells its kind of error alone."""
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001 - a doctor does not fall ill; what a library says may hold a secret
            yield bad(name, f"il controllo si è interrotto ({type(error).__name__})")
