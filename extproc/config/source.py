"""From a path to text: everything that can be wrong with a file before its YAML is looked at."""

from pathlib import Path

from extproc.config.problems import ConfigError, Problem
from extproc.limits import CONFIG_BYTES_MAX, MIB


def read(path: Path) -> str:
    """The text of a config file. Raises `ConfigError` when there is none that can be read."""
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise _unreadable(path, "is not a file name") from None
    if len(content) > CONFIG_BYTES_MAX:
        raise _unreadable(path, f"is larger than {CONFIG_BYTES_MAX // MIB} MiB")
    return decode(content, str(path))


def decode(content: bytes, file: str) -> str:
    """UTF-8, with or without a byte order mark. Raises `ConfigError` with the line of the first bad byte."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem("", "is not UTF-8 text", line, "save the file as UTF-8", file=file)
        raise ConfigError(file, [problem]) from None


def _unreadable(path: Path, reason: str) -> ConfigError:
    return ConfigError(str(path), [Problem("", reason, file=str(path))])
