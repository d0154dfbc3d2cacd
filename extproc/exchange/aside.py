"""Work on large bodies, done beside the event loop: neither other exchanges nor the health check wait.

A body of millions of small values takes seconds to translate. In one thread: however many come at once, they
share one core with the rest.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from extproc.limits import ASIDE_BYTES_MIN

_P = ParamSpec("_P")
_T = TypeVar("_T")

_thread: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")


async def aside(size: int, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What `work` returns or raises; it is done at once where `size`, in bytes of input, is small."""
    if size < ASIDE_BYTES_MIN:
        return work(*args, **kwargs)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread, lambda: work(*args, **kwargs))
