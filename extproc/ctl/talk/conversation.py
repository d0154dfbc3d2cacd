"""The talk itself: lines in, answers out, and what was said so far in between."""

import sys
import uuid
from collections.abc import Iterable, Iterator

from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.failure import Failure
from extproc.ctl.talk.client import Answer, Client, Message
from extproc.ctl.talk.place import Place

HELP = "/new forgets what was said · /model NAME asks another model · /quit or Ctrl-D ends"

_YOU = "you > "


class Conversation:
    """Turns with one listener; after an error, what was asked counts as not said."""

    def __init__(self, place: Place, model: str | None, system: str | None) -> None:
        self._place = place
        self._model = model
        self._system: list[Message] = [{"role": "system", "content": system}] if system else []
        self._begin()

    def _begin(self) -> None:
        self._said: list[Message] = list(self._system)
        self._client = Client(self._place.url, f"chat-{uuid.uuid4().hex}")

    def ask(self, question: str) -> bool:
        """Ask, and show the answer as it comes; whether there was one."""
        messages = [*self._said, {"role": "user", "content": question}]
        try:
            answer = self._client.ask(messages, self._model, _hear)
        except Failure as failure:
            screen.out().print()
            screen.fail(failure)
            return False
        self._said = [*messages, {"role": "assistant", "content": answer.text}]
        screen.out().print("\n")
        screen.note(_told(answer))
        return True

    def obey(self, line: str) -> bool:
        """Do what a line that begins with a slash says; whether the talk goes on."""
        command, _, rest = line.partition(" ")
        match command:
            case "/quit" | "/exit":
                return False
            case "/new":
                self.close()
                self._begin()
                screen.note("what was said is forgotten")
            case "/model":
                self._model = rest.strip() or None
                screen.note(f"the next question asks {self._model or 'the default model'}")
            case _:
                screen.note(HELP)
        return True

    def close(self) -> None:
        """Give the connection up."""
        self._client.close()


def talk(conversation: Conversation, place: Place) -> bool:
    """Every line of standard input is a question; whether all were answered."""
    at_terminal = screen.is_terminal(sys.stdin)
    if at_terminal:
        screen.out().print(Text.assemble((place.name, "bold"), f" at {place.url}"))
        screen.note(HELP)
    answered = True
    for line in _lines(at_terminal=at_terminal):
        if line.startswith("/"):
            if not conversation.obey(line):
                break
        elif line:
            answered = conversation.ask(line) and answered
    return answered


def _lines(*, at_terminal: bool) -> Iterator[str]:
    source: Iterable[str] = _typed() if at_terminal else sys.stdin
    for line in source:
        yield line.strip()


def _typed() -> Iterator[str]:
    """Lines of a person, who can edit them and go back to earlier ones."""
    import readline  # noqa: F401  input() uses it once it is imported, and without a terminal it must not be

    while True:
        try:
            yield input(_YOU)
        except EOFError:
            screen.out().print()
            return


def _hear(text: str) -> None:
    screen.out().print(Text(text), end="", soft_wrap=True)


def _told(answer: Answer) -> str:
    times = f"first token {answer.first_ms:.0f} ms, whole {answer.total_ms:.0f} ms"
    return f"  {answer.by} · {times}" if answer.by else f"  {times}"
