"""The antivirus: what it says, and that nothing it does keeps a job waiting."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.antivirus import ClamdScanner, make_scanner
from service.config import load_settings
from service.documents.port import ScannerRefusedError, ScannerUnavailableError, StoreUnavailableError
from tests.support.clamd import EICAR, FakeClamd
from tests.support.environment import in_process_environment

REAL = ("/run/clamav/clamd.ctl", "/var/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock")


@pytest.fixture(params=["host and port", "path"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeClamd]:
    with FakeClamd(None if request.param == "host and port" else tmp_path / "clamd") as fake:
        yield fake


def test_find_virus_sends_every_byte_and_finds_the_test_virus(clamd: FakeClamd) -> None:
    scanner = ClamdScanner(clamd.address, seconds=10)
    clean = [os.urandom(70_000), b"", os.urandom(3)]
    assert scanner.find_virus(clean) == ""
    assert scanner.find_virus([EICAR[:20], EICAR[20:]]) == "Eicar-Test-Signature"
    assert clamd.received == [b"".join(clean), EICAR]


@pytest.mark.parametrize("fault", ["silent", "drops", "odd", "error", "nothing"])
def test_find_virus_when_it_goes_wrong_is_unavailable_in_bounded_time(clamd: FakeClamd, fault: str) -> None:
    clamd.fault = fault
    began = time.monotonic()
    with pytest.raises(ScannerUnavailableError) as caught:
        ClamdScanner(clamd.address, seconds=0.5 if fault == "silent" else 10).find_virus([b"x" * 5000])
    assert caught.value.reason
    assert time.monotonic() - began < 9


def test_find_virus_of_a_file_beyond_its_limit_is_refused_for_good(clamd: FakeClamd) -> None:
    clamd.fault = "limit"
    with pytest.raises(ScannerRefusedError):
        ClamdScanner(clamd.address, seconds=10).find_virus([b"x" * 5000])


def test_find_virus_nobody_there_is_unavailable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for address in (f"127.0.0.1:{taken.getsockname()[1]}", str(tmp_path / "none")):
            with pytest.raises(ScannerUnavailableError):
                ClamdScanner(address, seconds=5).find_virus([b"x"])


def test_find_virus_of_a_file_that_cannot_be_read_blames_the_store(clamd: FakeClamd) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise StoreUnavailableError("Il deposito dei file non risponde")

    with pytest.raises(StoreUnavailableError):
        ClamdScanner(clamd.address, seconds=5).find_virus(chunks())


def test_make_scanner_without_address_is_none() -> None:
    environment = in_process_environment("postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert make_scanner(load_settings(environment)) is None
    assert make_scanner(load_settings({**environment, "PROACTIVE_CLAMAV_SOCKET": "127.0.0.1:3310"})) is not None


def test_real_clamd_finds_the_test_virus() -> None:
    address = next((one for one in (os.environ.get("CLAMAV_SOCKET", ""), *REAL) if one and Path(one).exists()), None)
    if address is None:
        pytest.skip("su questo computer non c'è clamd: provato solo il protocollo")
    scanner = ClamdScanner(address, seconds=30)
    assert "eicar" in scanner.find_virus([EICAR]).lower()
    assert scanner.find_virus([b"niente"]) == ""
