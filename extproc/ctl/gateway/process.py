"""The gateway process: holds the lock, supervises plano-extproc and Envoy, reloads, clears up behind them.

``python -m extproc.ctl.gateway.process HOME LOCK`` is how ``planoctl up`` starts it in the background, LOCK
being the descriptor of the lock it inherits. On its standard input comes the environment of the shell that
started it, with the keys that its own environment must not hold: they stay in its memory, for reloads.
``planoctl up --foreground`` calls `run` itself.
"""

import asyncio
import os
import signal
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
from extproc.ctl.reloading.service import reloads
from extproc.ctl.screen import is_terminal
from extproc.supervise.supervisor import Supervisor


async def run(home: Home, env: Mapping[str, str], shell: Mapping[str, str]) -> int:
    """Serves what is prepared in `home` until SIGTERM or SIGINT; the exit code.

    The children get `env`; a config that is read later is read in that of `shell`. What happens is told in
    ``gateway.log``.
    """
    record = Record.read(home.record)
    assert record is not None, "planoctl up has just written it"
    record = msgspec.structs.replace(record, pid=os.getpid(), started=time.time())
    record.write(home.record)
    log = home.logs / "gateway.log"
    try:
        supervisor = Supervisor(
            children(home, record, env), lambda event: _tell(log, str(event)), state_file=home.children
        )
        return await _serve(home, record, shell, supervisor)
    finally:
        clear(home)


async def _serve(home: Home, record: Record, shell: Mapping[str, str], supervisor: Supervisor) -> int:
    log = home.logs / "gateway.log"
    async with reloads(home, record, shell, lambda text: _tell(log, text), supervisor):
        if is_terminal(sys.stdin):  # then the signal says that the terminal is gone
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.stop)
        return await supervisor.run()


def _tell(log: Path, text: str) -> None:
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
    # A full disk or a folder swept away is no reason to stop serving.
    with suppress(OSError), log.open("a", encoding="utf-8") as file:
        print(f"{stamp},{int(now % 1 * 1000):03d} {text}", file=file)


def main() -> int:
    """Exit code 0 after a clean stop."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it can be obeyed
    home, lock = Home(Path(sys.argv[1])), int(sys.argv[2])
    os.set_inheritable(lock, False)
    shell = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, str])
    return asyncio.run(run(home, os.environ, shell))


if __name__ == "__main__":
    sys.exit(main())
