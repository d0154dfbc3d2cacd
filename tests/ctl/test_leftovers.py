"""What a gateway leaves behind."""

from pathlib import Path
from tempfile import TemporaryDirectory

from extproc.ctl.gateway.leftovers import clear, make_socket_dir
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.limits import UNIX_SOCKET_PATH_BYTES_MAX
from extproc.serving.sockets import socket_paths


def record(socket_dir: Path) -> Record:
    """A gateway that had its sockets there."""
    return Record("1.0", "/c.yaml", (), 9901, str(socket_dir), 1)


def test_sockets_are_in_the_run_folder_where_their_paths_fit() -> None:
    with TemporaryDirectory(prefix="plano-") as folder:
        home = Home(Path(folder))

        assert home.sockets == make_socket_dir(home, 2)


def test_a_long_home_gets_a_short_private_folder_which_goes_with_the_gateway(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long-" * 30))
    home.run.mkdir(parents=True)

    folder = make_socket_dir(home, 64)
    [longest] = socket_paths(folder, 64)[-1:]
    longest.touch()
    mode = folder.stat().st_mode & 0o777
    record(folder).write(home.record)
    clear(home)

    assert len(bytes(longest)) <= UNIX_SOCKET_PATH_BYTES_MAX
    assert (0o700, False) == (mode, folder.exists())


def test_keys_and_records_go_and_logs_stay(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for folder in (home.secrets, home.sockets, home.logs):
        folder.mkdir(parents=True)
    for file in (home.bootstrap, home.config, home.children, home.secrets / "key", home.access_log):
        file.write_text("x")
    record(home.sockets).write(home.record)

    clear(home)

    assert [home.logs] == list(home.run.iterdir())
    assert home.access_log.exists()


def test_a_record_cannot_make_us_delete_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.run.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    record(precious).write(home.record)

    clear(home)

    assert (precious / "file").exists()


def test_clearing_twice_is_no_error(tmp_path: Path) -> None:
    clear(Home(tmp_path))
    clear(Home(tmp_path))
