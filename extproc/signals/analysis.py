"""The fold: a state, one more row, and what is newly seen.

It makes no difference how the rows of a conversation are cut into turns: the state after them is the same.
"""

from collections.abc import Iterable
from typing import Final

from extproc import limits
from extproc.signals import loops, words
from extproc.signals.disengagement import disengagement, is_loud
from extproc.signals.lexicon import LANGUAGES, lexicon
from extproc.signals.misalignment import misalignment
from extproc.signals.outcome import Outcome, outcome
from extproc.signals.results import of_answer, of_result
from extproc.signals.row import Kind, Row
from extproc.signals.satisfaction import satisfaction
from extproc.signals.signal import Signal
from extproc.signals.speech import Speech, read
from extproc.signals.stagnation import COMPARED_WORDS, LOOKBACK, dragging, remember, repetition
from extproc.signals.state import Call, State
from extproc.signals.taxonomy import CATEGORY, Category, Leaf
from extproc.signals.verdict import classes

_AGENT_CHARS: Final = 1_200
"""Of an agent's answer its beginning is compared, and its last words tell whether it asks."""


def warm() -> None:
    """Reads the lexicons, a third of a second of work that the first turn would have to wait for."""
    for language in LANGUAGES:
        lexicon(language)
    classes()


def advance(state: State, rows: Iterable[Row]) -> list[Signal]:
    """Takes `rows` into `state`; the signals that are new, and the loops that have grown."""
    seen: list[Signal] = []
    for row in rows:
        seen += _TAKE[row.kind](state, row)
        state.rows += 1
        state.messages = max(state.messages, row.message + 1)
    return seen


def _human(state: State, row: Row) -> list[Signal]:
    speech = read(row.text, state.votes, first=not state.answered, asked=state.asked)
    state.turns += 1
    found = _spoken(speech, row, state)
    now = remember(
        row.text,
        row.message,
        words.stems([word for word in speech.mine()[:COMPARED_WORDS] if not speech.is_stop(word)]),
        open_="?" in speech.masked[-3:],
    )
    if again := repetition(now, state.said, "human", row.text):
        found = [signal for signal in found if signal.type is not Leaf.REPHRASE] + [again]
    state.loud += is_loud(speech)
    state.said = [*state.said[1 - LOOKBACK :], now]
    for signal in found:
        _keep(state, signal)
        if CATEGORY[signal.type] is Category.SATISFACTION:
            state.last_good = row.message
    if long := dragging(row.message, state):
        found.append(_keep(state, long))
    return found


def _spoken(speech: Speech, row: Row, state: State) -> list[Signal]:
    """What the words say. Thanks beside a correction or a complaint are manners."""
    glad = list(satisfaction(speech, row.message))
    wrong = list(misalignment(speech, row.message, state))
    bad = list(disengagement(speech, row.message, state, glad=bool(glad)))
    if any(signal.type in (Leaf.CORRECTION, Leaf.NEGATIVE_STANCE, Leaf.QUIT) for signal in wrong + bad):
        glad = [signal for signal in glad if signal.type is Leaf.SUCCESS]
    if glad:
        wrong = [signal for signal in wrong if signal.metadata.get("pattern_type") != "semantic_rephrase"]
    return wrong + bad + glad


def _agent(state: State, row: Row) -> list[Signal]:
    found: list[Signal] = []
    if full := of_answer(row):
        found.append(_keep(state, full))
    if not row.text.strip():
        return found
    now = remember(row.text[:_AGENT_CHARS], row.message)
    if again := repetition(now, state.answers, "agent", row.text):
        found.append(_keep(state, again))
    state.answers = [*state.answers[1 - LOOKBACK :], now]
    state.answered = True
    state.asked = row.text.rstrip(" \n*_)\"'”»").endswith(("?", "？"))
    state.agent_stems = words.stems(now.folded)
    return found


def _call(state: State, row: Row) -> list[Signal]:
    _forget_narration(state, row)
    call = Call(row.message, row.name, loops.arguments(row.text), row.call)
    state.calls = [*state.calls[1 - limits.SIGNAL_CALLS_MAX :], call]
    state.answered = True
    found = loops.loop(state.calls, state.signals)
    if found is None:
        return []
    signal, known = found
    if not known:
        return [_keep(state, signal)]
    _replace(state, signal)
    return [signal]


def _forget_narration(state: State, row: Row) -> None:
    """What is said on the way to a call ("let me look") is no answer: to say it again is no stagnation."""
    if not state.answers or state.answers[-1].message not in (row.message, row.message - 1):
        return
    said = state.answers.pop()
    if (
        state.signals
        and state.signals[-1].type is Leaf.REPETITION
        and state.signals[-1].message == said.message
    ):
        signal = state.signals.pop()
        state.counts[signal.type] -= 1


def _result(state: State, row: Row) -> list[Signal]:
    call = _caller(state, row)
    found = outcome(row.text, call.name if call else "", failed=row.failed)
    signal = of_result(row, found, call)
    if call:
        _settle(call, row, found, failed=signal is not None or (found.sure and bool(found.error)))
    return [_keep(state, signal)] if signal else []


def _caller(state: State, row: Row) -> Call | None:
    """The call that `row` answers: the one of its id, else the first that has no result yet."""
    waiting = [call for call in state.calls if call.outcome is None]
    if row.call:
        return next((call for call in waiting if call.id == row.call), waiting[0] if waiting else None)
    if waiting:
        return waiting[0]
    return state.calls[-1] if state.calls else None


def _settle(call: Call, row: Row, found: Outcome, *, failed: bool) -> None:
    call.outcome = loops.digest(row.text[: 4 * _AGENT_CHARS])
    call.failed = failed
    call.fruitless = failed or found.empty


def _keep(state: State, signal: Signal) -> Signal:
    state.signals = [*state.signals[1 - limits.SIGNALS_MAX :], signal]
    state.counts[signal.type] = state.counts.get(signal.type, 0) + 1
    return signal


def _replace(state: State, signal: Signal) -> None:
    for number, old in enumerate(state.signals):
        if old.type is signal.type and old.message == signal.message:
            state.signals[number] = signal


_TAKE: Final = {Kind.HUMAN: _human, Kind.AGENT: _agent, Kind.CALL: _call, Kind.RESULT: _result}
