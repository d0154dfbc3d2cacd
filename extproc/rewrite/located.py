"""Where a body names its model: what every `model_of` gives and every `with_model` takes."""

import msgspec


class Located(msgspec.Struct, frozen=True, gc=False):
    """A model's name, and the bytes of the body that another one takes the place of.

    Where the body names none, the span is empty, and `before` and `after` are what an inserted name needs
    around it.
    """

    model: str | None
    start: int
    end: int
    before: bytes = b""
    after: bytes = b""
    stream: bool | None = None
    """The ``stream`` field; ``None`` where it is absent or no boolean."""
    preferences: bool = False
    """Whether there is a member ``routing_preferences``, which is ours (`json_member.cut`)."""
    continues: bool = False
    """Whether there is a member ``previous_response_id``, which may be ours too."""

    def splice(self, body: bytes, name: bytes) -> bytes:
        """`body` with `name`, written as the body's format wants it; all else stays byte for byte."""
        view = memoryview(body)
        return b"".join((view[: self.start], self.before, name, self.after, view[self.end :]))
