"""Where nobody can be asked: a router that says so."""

from extproc.routers.candidate import Candidates, Choice, Conversation, Stage


class Nobody:
    """Implements `Router`: none fits, for the `reason` that it was given."""

    def __init__(self, reason: str) -> None:
        self._choice = Choice((), Stage.DEFAULT, sure=False, reason=reason)

    async def choose(self, _conversation: Conversation, _candidates: Candidates) -> Choice:
        """See `Router`."""
        return self._choice
