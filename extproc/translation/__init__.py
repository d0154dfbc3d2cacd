"""From one API to another and back: a request there, its answer here, streamed or not.

    client's JSON ─ read ─▶ `extproc.llm` ─ write ─▶ provider's JSON
    client's answer ◀─ write ─ `extproc.llm` ◀─ read ─ provider's answer

It works without Envoy::

    from extproc.dialects.api import Api
    from extproc.translation.request import translate

    crossing = translate(body, Api.CHAT, Api.MESSAGES, "claude-sonnet-4-5")
    crossing.body                    # what to send to the provider
    crossing.lost                    # what could not cross, by path
    crossing.answer(200, "application/json").turn(data)
"""
