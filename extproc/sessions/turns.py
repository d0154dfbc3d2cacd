"""Has a person just spoken, or is a tool at work?"""

from extproc.llm.parts import Text
from extproc.llm.request import Request, Role
from extproc.routers.reminders import without_reminders


def is_user_turn(request: Request) -> bool:
    """Whether the newest message is a person's: text beside what coding tools put in, a picture, a file.

    A tool's result, an answer that the model is to go on with, and an empty request are none.
    """
    if not request.messages:
        return False
    last = request.messages[-1]
    if last.role is not Role.USER:
        return False
    texts = [part.text for part in last.parts if isinstance(part, Text)]
    return len(texts) < len(last.parts) or bool(without_reminders("\n".join(texts)).strip())
