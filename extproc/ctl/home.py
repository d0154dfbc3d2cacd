"""Where planoctl keeps what it makes: ``$PLANO_HOME`` or ``~/.plano``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one gateway: two homes are two gateways that know nothing of each other."""

    root: Path

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Home":
        """The home that the environment asks for."""
        chosen = environ.get("PLANO_HOME")
        return cls(Path(chosen).expanduser().absolute() if chosen else Path.home() / ".plano")

    @property
    def run(self) -> Path:
        """Everything of the running gateway; readable by its owner only."""
        return self.root / "run"

    @property
    def lock(self) -> Path:
        """Locked by the gateway process for as long as it lives."""
        return self.run / "lock"

    @property
    def record(self) -> Path:
        """What runs: `extproc.ctl.gateway.record`."""
        return self.run / "gateway.json"

    @property
    def children(self) -> Path:
        """The states of Envoy, extproc and plano-state, kept by the supervisor."""
        return self.run / "children.json"

    @property
    def config(self) -> Path:
        """The config in force: a worker that is started again must not read one that was edited since."""
        return self.run / "config.yaml"

    @property
    def generated_config(self) -> Path:
        """The config made from the API keys in the environment."""
        return self.root / "default_config.yaml"

    @property
    def bootstrap(self) -> Path:
        """Envoy's configuration."""
        return self.run / "envoy.json"

    @property
    def secrets(self) -> Path:
        """The keys, one file each, as Envoy reads them."""
        return self.run / "secrets"

    @property
    def state_secrets(self) -> Path:
        """Variables that the URLs of stores refer to, as plano-state reads them."""
        return self.run / "state-secrets.json"

    @property
    def sockets(self) -> Path:
        """The workers' Unix sockets, where their paths fit."""
        return self.run / "sockets"

    @property
    def logs(self) -> Path:
        """``access.log``, ``envoy.log``, ``extproc.log``, ``state.log``, ``gateway.log``."""
        return self.run / "logs"

    @property
    def access_log(self) -> Path:
        """Envoy's JSON access log."""
        return self.logs / "access.log"
