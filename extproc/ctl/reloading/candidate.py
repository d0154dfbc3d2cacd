"""Reading a config that may come into force, and all that is to be known before anything is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extproc.bootstrap.envoy import BootstrapRejectedError, EnvoyNotFoundError
from extproc.bootstrap.options import RenderOptions
from extproc.config.inputs import contents, inputs
from extproc.config.load import ConfigError, Loaded, environment
from extproc.config.secret import MissingSecretError
from extproc.config.snapshot import Listener, Snapshot
from extproc.ctl.gateway.ports import trouble
from extproc.ctl.gateway.record import ListenerRecord
from extproc.ctl.reloading.trial import Rendered, try_out
from extproc.serving.in_force import InForce
from extproc.serving.texts import read


class Rejected(Exception):
    """A config cannot come into force. Nothing has changed."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Candidate:
    """A config that Envoy and the workers can go by."""

    in_force: InForce
    loaded: Loaded
    environ: Mapping[str, str]
    """With its secrets."""
    rendered: Rendered

    @property
    def snapshot(self) -> Snapshot:
        """What it says."""
        return self.loaded.snapshot

    @property
    def served(self) -> tuple[Listener, ...]:
        """Its listeners that this version serves."""
        return tuple(listener for listener in self.snapshot.listeners if listener.served)


class Origin:
    """Where configs come from: a file, what it refers to, and a shell's environment."""

    def __init__(self, config: Path, shell: Mapping[str, str]) -> None:
        self._config = config
        self._shell = dict(shell)
        self.files = inputs(config, None)
        """What was read last, or would have been."""
        self.contents = contents(self.files)
        """What was in them, as far as that was seen before they were read."""

    def listen_to(self, shell: Mapping[str, str]) -> None:
        """Its variables win over those known until now."""
        self._shell |= shell

    def read(self, generation: int) -> tuple[InForce, Loaded, Mapping[str, str]]:
        """The config as it is now, and the environment that has its secrets. Raises `Rejected`."""
        self.contents = contents(self.files)
        try:
            environ = environment(self._config, self._shell)
            self._look_what_it_refers_to(environ)
            found, loaded = read(self._config, environ, generation, require_secrets=True)
        except ConfigError as error:
            raise Rejected(*map(str, error.problems)) from error
        return found, loaded, environ

    def _look_what_it_refers_to(self, environ: Mapping[str, str]) -> None:
        """Also where a secret is missing: once it is there, the config is fine."""
        _, loaded = read(self._config, environ, 0, require_secrets=False)
        self.files = inputs(self._config, loaded.snapshot)
        self.contents = {**contents(self.files), **self.contents}


def candidate(
    origin: Origin,
    generation: int,
    options: RenderOptions,
    resources: Path,
    trial: Path,
    listening: tuple[ListenerRecord, ...],
) -> Candidate:
    """The config of `origin`, tried out in the folder `trial`. Raises `Rejected`.

    `listening`: the listeners there are, whose ports are ours.
    """
    found, loaded, environ = origin.read(generation)
    made = [listener for listener in loaded.snapshot.listeners if listener.served]
    if problems := cannot_listen(made, listening):
        raise Rejected(*problems)
    try:
        rendered = try_out(loaded.snapshot, environ, options, resources, trial)
    except BootstrapRejectedError as error:
        raise Rejected(f"Envoy does not accept the configuration made of {found.file}: {error}") from error
    except (EnvoyNotFoundError, MissingSecretError, OSError) as error:
        raise Rejected(str(error)) from error
    return Candidate(found, loaded, environ, rendered)


def cannot_listen(made: Sequence[Listener], listening: Sequence[ListenerRecord]) -> list[str]:
    """Why not all of the listeners `made` can be; `listening` are there already.

    Their ports are ours, whatever the address: Envoy may have one twice, and move from one to the other.
    """
    if not made:
        return ["the config has no listener of a kind that is served"]
    ours = {listener.port for listener in listening}
    return [
        f"cannot listen on {listener.address}, port {listener.port} ({listener.name}): {problem}"
        for listener in made
        if listener.port not in ours and (problem := trouble(listener.address, listener.port))
    ]
