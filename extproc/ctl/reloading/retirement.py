"""What a new config does without, kept until nothing needs it any more."""

import asyncio
import re
import time
from collections.abc import Collection

from extproc.ctl.reloading.admin import Admin
from extproc.limits import RETIRED_MAX_S, RETIRED_MIN_S, RETIRED_POLL_S
from extproc.serving.fleet import Fleet


async def until_unused(clusters: Collection[str], fleet: Fleet, admin: Admin) -> None:
    """Returns when no exchange goes by an older config and no request is at one of `clusters`.

    At the latest after `RETIRED_MAX_S`: a request that streams outlives its cluster, it only cannot be tried
    again.
    """
    deadline = time.monotonic() + RETIRED_MAX_S
    await asyncio.sleep(RETIRED_MIN_S)
    while time.monotonic() < deadline:
        if await fleet.older() == 0 and not await _in_use(clusters, admin):
            return
        await asyncio.sleep(RETIRED_POLL_S)


async def _in_use(clusters: Collection[str], admin: Admin) -> bool:
    if not clusters:
        return False
    names = "|".join(map(re.escape, clusters))
    try:
        stats = await admin.stats(f"^cluster[.]({names})[.]upstream_rq(_pending)?_active$")
    except OSError:
        return True
    return any(value != "0" for value in stats.values())
