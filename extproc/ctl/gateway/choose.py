"""Which config a command means when none is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from extproc.config.default import NoApiKeyError, default_config
from extproc.config.load import environment
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.reading import told
from extproc.ctl.home import Home

NAMES = ("config.yaml", "plano_config.yaml")


@dataclass(frozen=True, slots=True)
class Choice:
    """A config file, and how it came to be the one."""

    path: Path
    environ: Mapping[str, str]
    """The shell's variables over those of the ``.env`` beside it."""
    generated: bool = False
    """Made from the API keys in `environ`."""


def choose(named: Path | None, home: Home, environ: Mapping[str, str], *, port: int | None = None) -> Choice:
    """The file named, else one of `NAMES` here, else one made from the environment's API keys.

    `port` is that of the listener in a config that is made. Raises `Failure` when it is given for another,
    when the file named does not exist, and when there is nothing to make one from.
    """
    found = named or next((path for name in NAMES if (path := Path(name)).is_file()), None)
    if found is None:
        return _generate(home, _with_dotenv(Path(NAMES[0]), environ), port)
    if not found.is_file():
        raise Failure(f"{found} does not exist", "planoctl init writes a config to start from")
    if port is not None:
        raise Failure(
            f"--listener-port is for running without a config, and there is {found}", "set it there"
        )
    return Choice(found, _with_dotenv(found, environ))


def _with_dotenv(path: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    with told():
        return environment(path, environ)


def _generate(home: Home, environ: Mapping[str, str], port: int | None) -> Choice:
    try:
        text = default_config(environ)
    except NoApiKeyError as error:
        raise Failure(str(error), "set one, or write a config: planoctl init") from None
    if port is not None:
        config = yaml.safe_load(text)
        config["listeners"][0]["port"] = port
        text = yaml.safe_dump(config, sort_keys=False)
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.generated_config.write_text(text, encoding="utf-8")
    return Choice(home.generated_config, environ, generated=True)
