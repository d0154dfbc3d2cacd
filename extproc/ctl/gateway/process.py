"""The gateway process: holds the lock, supervises plano-extproc and Envoy, clears up behind them.

``python -m extproc.ctl.gateway.process HOME LOCK`` is how ``planoctl up`` starts it in the background, LOCK
being the descriptor of the lock it inherits. ``planoctl up --foreground`` calls `run` itself.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from extproc.ctl.gateway.children import children
from extproc.ctl.gateway.leftovers import clear
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.supervise.child import Event
from extproc.supervise.supervisor import Supervisor


async def run(home: Home, env: Mapping[str, str]) -> int:
    """Serves what is prepared in `home` until SIGTERM or SIGINT; the exit code.

    The children get `env`. What happens to them is told in ``gateway.log``.
    """
    record = Record.read(home.record)
    assert record is not None, "planoctl up has just written it"
    msgspec.structs.replace(record, pid=os.getpid(), started=time.time()).write(home.record)
    log = home.logs / "gateway.log"
    try:
        supervisor = Supervisor(
            children(home, record, env), lambda event: _tell(log, event), state_file=home.children
        )
        return await supervisor.run()
    finally:
        clear(home)


def _tell(log: Path, event: Event) -> None:
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
    # A full disk or a folder swept away is no reason to stop serving.
    with suppress(OSError), log.open("a", encoding="utf-8") as file:
        print(f"{stamp},{int(now % 1 * 1000):03d} {event}", file=file)


def main() -> int:
    """Exit code 0 after a clean stop."""
    home, lock = Home(Path(sys.argv[1])), int(sys.argv[2])
    os.set_inheritable(lock, False)
    return asyncio.run(run(home, os.environ))


if __name__ == "__main__":
    sys.exit(main())
