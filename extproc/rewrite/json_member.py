"""A member that is ours in a client's JSON body: read, and cut out. Not one other byte changes."""

import re
from typing import Final

from extproc.errors import InvalidRequest
from extproc.rewrite.json_body import CHARS, LEAPT, OPEN, SPACE, end_of_value, is_key
from extproc.rewrite.json_check import members_of

_KEY: Final = re.compile(rb'%b,?%b"(%b)"%b:%b' % (SPACE, SPACE, CHARS, SPACE, SPACE), re.DOTALL)
_COMMA: Final = re.compile(rb"%b," % SPACE)


def cut(body: bytes, key: str) -> tuple[bytes, bytes]:
    """The value of the top-level member `key`, as it is written, and `body`, which has it, without it.

    Raises `InvalidRequest` for a body that has the member twice.
    """
    members = members_of(body)
    opening = OPEN.match(body)
    assert opening
    first = position = opening.end()
    found: tuple[bytes, bytes] | None = None
    while member := _KEY.match(body, position):
        before, start = position, member.end()
        leap = LEAPT.get(member[1])
        position = end_of_value(body, start, bytes(getattr(members, leap)) if leap else b"")
        if not is_key(member[1], key):
            continue
        if found:
            raise InvalidRequest(f"The request body has '{key}' twice.", param=key)
        after = position
        if before == first and (comma := _COMMA.match(body, position)):
            after = comma.end()
        found = body[start:position], body[:before] + body[after:]
    assert found
    return found
