"""``planoctl up`` from the config to the summary, with what it says on the way."""

import asyncio
import os
import time

from extproc.ctl import screen
from extproc.ctl.gateway.choose import Choice
from extproc.ctl.gateway.reading import Reading, count, read
from extproc.ctl.gateway.start import check_surroundings, prepare_run, serve_here, start_detached
from extproc.ctl.home import Home
from extproc.ctl.logs_view import follow
from extproc.ctl.progress import Progress
from extproc.ctl.summary import show_started

WORKERS_DEFAULT_MAX = 4
"""More are asked for by those who need them: each is a Python process of some 60 MB."""


def launch(
    home: Home,
    choice: Choice,
    lock: int,
    *,
    workers: int | None,
    foreground: bool,
    verbose: bool,
    watch: bool,
) -> int:
    """Starts the gateway; the exit code. Raises `Failure` when it does not come to serve.

    `lock` is the home's, which a gateway in the background inherits.
    """
    begun = time.monotonic()
    with Progress(verbose=verbose) as progress:
        progress.step(f"reading {choice.path}")
        reading = read(choice.path, choice.environ)
        _say_what_is_used(choice, reading)
        check_surroundings(reading)
        progress.step("asking Envoy whether it accepts the configuration")
        number = workers or min(len(os.sched_getaffinity(0)), WORKERS_DEFAULT_MAX)
        record = prepare_run(home, reading, workers=number, verbose=verbose, watch=watch)
        # The `.env` beside a config is read with it; one that was made is elsewhere.
        shell = choice.environ if choice.generated else os.environ
        progress.step(f"starting Envoy and {count(number, 'worker')}")

        async def stay() -> None:
            progress.end()
            show_started(reading, record, time.monotonic() - begun, foreground=True)
            await follow(home, debug=verbose)

        if foreground:
            return asyncio.run(serve_here(home, reading, record, progress.step, shell, stay))
        start_detached(home, reading, record, lock, progress.step, shell)
    show_started(reading, record, time.monotonic() - begun)
    return 0


def _say_what_is_used(choice: Choice, reading: Reading) -> None:
    if choice.generated:
        keys = ", ".join(sorted(reading.loaded.secret_variables))
        screen.note(f"no config.yaml here: using one made from {keys} ({choice.path})")
    for warning in reading.warnings:
        screen.warn(warning)
