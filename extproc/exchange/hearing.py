"""What a request says, as far as its model is chosen by it. Pure."""

import msgspec

from extproc.dialects.api import Api
from extproc.routers.candidate import Turn
from extproc.routers.conversation import turns
from extproc.sessions.policy import Policy, Wishes
from extproc.sessions.session import NO_SESSION, Session, session_of
from extproc.translation.request import read


class Heard(msgspec.Struct, frozen=True, gc=False):
    """What was said, and in which conversation."""

    said: tuple[Turn, ...] = ()
    session: Session = NO_SESSION
    understood: bool = True
    """``False``: the body is not of its API, and nothing of it is known."""


def hear(body: bytes, api: Api, requested: str, wishes: Wishes, policy: Policy, *, routed: bool) -> Heard:
    """Read a request for the model `requested`; `routed`: there are preferences. Raises `InvalidRequest`."""
    request = read(body, api, requested)
    return Heard(turns(request), session_of(request, requested, wishes, policy, routed=routed))
