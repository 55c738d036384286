"""One suite for both places for files, a folder and a bucket over S3; then what goes wrong with each."""

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.files import LocalFiles, S3Files, make_store
from service.config import Settings, SettingsError, load_settings
from service.documents.port import FileMissingError, FileStore, StoreFullError, StoreUnavailableError
from tests.support.environment import in_process_environment
from tests.support.faulty_http import FaultyServer
from tests.support.s3 import Bucket, bucket

NOBODY = "postgresql+psycopg://nobody@127.0.0.1:9/none"
KEY = "files/ab/abcdef"


@pytest.fixture(scope="module")
def s3() -> Iterator[Bucket]:
    with bucket() as made:
        yield made


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """A store nobody has used, of either kind."""
    if request.param == "local":
        return make_store(local_settings(tmp_path / "files"))
    s3: Bucket = request.getfixturevalue("s3")
    return make_store(s3.settings(NOBODY, files_url=f"s3://{s3.name}/{tmp_path.name}"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"contenuto" * 1000)
    return path


def local_settings(folder: Path, **changes: str) -> Settings:
    return load_settings({**in_process_environment(NOBODY), "PROACTIVE_FILES_URL": folder.as_uri(), **changes})


def read(store: FileStore, key: str) -> bytes:
    return b"".join(store.read(key))


def test_put_file_can_be_read_and_is_listed_with_its_size(store: FileStore, source: Path) -> None:
    began = time.time()
    store.put(KEY, source)
    assert read(store, KEY) == source.read_bytes()
    (listed,) = store.list()
    assert (listed.key, listed.size) == (KEY, 9000)
    assert abs(listed.modified_at.timestamp() - began) < 60


def test_put_again_replaces_the_whole_file(store: FileStore, source: Path) -> None:
    store.put(KEY, source)
    source.write_bytes(b"altro")
    store.put(KEY, source)
    assert read(store, KEY) == b"altro"


def test_put_empty_and_large_files_arrive_whole(store: FileStore, source: Path) -> None:
    for size in (0, 10 * 1024 * 1024):
        source.write_bytes(os.urandom(size))
        store.put(KEY, source)
        assert read(store, KEY) == source.read_bytes()


def test_read_missing_file_says_so_before_the_first_chunk(store: FileStore, source: Path) -> None:
    store.put(KEY, source)
    with pytest.raises(FileMissingError):
        store.read("files/ab/other")


def test_delete_twice_leaves_nothing_and_no_error(store: FileStore, source: Path) -> None:
    store.put(KEY, source)
    store.delete(KEY)
    store.delete(KEY)
    assert list(store.list()) == []
    with pytest.raises(FileMissingError):
        store.read(KEY)


def test_list_prefix_gives_only_what_is_below(store: FileStore, source: Path) -> None:
    for key in ("files/aa/1", "files/ab/2", "previews/x/1.png"):
        store.put(key, source)
    assert sorted(one.key for one in store.list("files")) == ["files/aa/1", "files/ab/2"]
    assert [one.key for one in store.list("previews")] == ["previews/x/1.png"]
    assert list(store.list("nothing")) == []


def test_list_many_gives_every_one(store: FileStore, source: Path) -> None:
    source.write_bytes(b"x")
    for number in range(60):
        store.put(f"files/aa/{number}", source)
    assert len(list(store.list())) == 60


def test_local_put_leaves_folders_and_files_to_us_alone(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir(mode=0o755)
    make_store(local_settings(folder)).put(KEY, source)
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert modes == {"files/files": 0o700, "files/files/ab": 0o700, f"files/{KEY}": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_local_list_forgets_what_a_killed_put_began(tmp_path: Path, source: Path) -> None:
    store = LocalFiles(tmp_path / "files")
    store.put(KEY, source)
    old, young = (tmp_path / "files/files/ab" / name for name in ("dead#1", "alive#2"))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert [one.key for one in store.list()] == [KEY]
    assert not old.exists()
    assert young.exists()


def test_local_folder_that_cannot_be_made_is_unavailable(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = LocalFiles(tmp_path / "file" / "below")
    for ask in (lambda: store.put(KEY, source), lambda: store.read(KEY), lambda: list(store.list())):
        with pytest.raises(StoreUnavailableError):
            ask()


def test_local_full_disk_says_so_and_leaves_the_other_files(tmp_path: Path, source: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("su questo computer non si può montare un tmpfs: disco pieno non provato")
    try:
        store = LocalFiles(place / "files")
        store.put(KEY, source)
        large = tmp_path / "large"
        large.write_bytes(os.urandom(200_000))
        with pytest.raises(StoreFullError):
            store.put("files/ab/large", large)
        assert [one.key for one in store.list()] == [KEY]
        assert not list(place.rglob("*#*"))
        assert read(store, KEY) == source.read_bytes()
        large.write_bytes(b"x" * 1000)
        store.put("files/ab/large", large)  # room again, no restart
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_s3_nobody_answers_is_unavailable_for_every_verb(source: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        store = S3Files(Bucket(f"http://127.0.0.1:{taken.getsockname()[1]}", "proactive").settings(NOBODY))
        began = time.monotonic()
        for ask in (
            lambda: store.put(KEY, source),
            lambda: store.read(KEY),
            lambda: store.delete(KEY),
            lambda: list(store.list()),
        ):
            with pytest.raises(StoreUnavailableError):
                ask()
        assert time.monotonic() - began < 30


def test_s3_silent_server_ends_by_itself(source: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Bucket(f"http://127.0.0.1:{silent.getsockname()[1]}", "proactive").settings(NOBODY)
        with pytest.raises(StoreUnavailableError):
            S3Files(settings, call_seconds=0.2).put(KEY, source)


@pytest.mark.parametrize(("status", "expected"), [(500, StoreUnavailableError), (403, StoreUnavailableError),
                                                  (507, StoreFullError)])  # fmt: skip
def test_s3_refusals_are_told_apart(status: int, expected: type[Exception], source: Path) -> None:
    with FaultyServer() as server, server.fault("PUT", "before", status=status, times=100):
        store = S3Files(Bucket(server.url, "proactive").settings(NOBODY))
        with pytest.raises(expected):
            store.put(KEY, source)
        assert len(server.requests) <= 3


def test_s3_missing_bucket_is_unavailable_not_a_lost_file(s3: Bucket) -> None:
    store = make_store(s3.settings(NOBODY, files_url="s3://never-made/x"))
    with pytest.raises(StoreUnavailableError):
        store.read(KEY)
    with pytest.raises(StoreUnavailableError):
        list(store.list())


@pytest.mark.parametrize("endpoint", ["http://minio.example.com:9000", "ftp://127.0.0.1"])
def test_s3_over_the_network_in_the_clear_is_refused_at_start(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="FILES_S3_ENDPOINT"):
        make_store(Bucket(endpoint, "proactive").settings(NOBODY))


@pytest.mark.parametrize("url", ["/var/lib", "file://relative", "http://example.com/x", "s3://A", "s3://a?b"])
def test_files_url_of_another_kind_names_itself(url: str) -> None:
    with pytest.raises(SettingsError, match="PROACTIVE_FILES_URL"):
        load_settings({**in_process_environment(NOBODY), "PROACTIVE_FILES_URL": url})
