"""What the beginning, the lines and the members of a tool's result look like when it is an error."""

import re
from typing import Final

OPENING: Final = re.compile(
    r"\s*(?:[\[(]?(?:error|err|exception|fatal|failed|failure|panic|traceback|fehler|erreur|erro)\b"
    r"|(?:错误|失败|异常|出错)"
    r"|(?:http(?:/[\d.]+)?\s*:?\s*|status(?:\s*code)?\s*:?\s*)[45]\d\d\b"
    r"|[45]\d\d\b(?=\s*(?:$|[:–-]|(?:client |server )?error|bad |unauth|payment req|forbidden|not |method not"
    r"|request time|conflict|gone|precond|payload|content too|unproc|too many|internal|service|gateway))"
    r"|(?:[\w.]+ )?[\w.]*(?:error|exception|exceeded|exhausted)\b\s*[:(-]|[1-9]\d* (?:\w+ )?errors? "
    r"|[\w.]*(?:Request|Denied|Fault|NotFound|Undefined\w*|Invalid\w*|Violation|Unavailable|Timeout): "
    r"|(?:curl|bash|sh|zsh|remote|npm|pip|git|e|ssh|psql|docker|kubectl): |net::err"
    r"|(?:cannot|can't|could not|couldn't|unable to|failed to|no such|unknown|invalid|missing|unexpected) "
    r"|(?:unsupported|\w+ failed:) |conflict \(|mcp error"
    r"|\w*(?:netzwerk|zeit|anmelde|verbindungs|datenbank)fehler\b"
    r"|(?:erro|error|erreur) (?:de|du|d')\b)",
    re.IGNORECASE,
)
"""The first words of an error."""

LINE: Final = re.compile(
    r"^(?:[\w.]+(?:Error|Exception|Exhausted|Exceeded|Timeout|Refused)|fatal|error|ERROR|FATAL)\b\s?[:(].*$",
    re.MULTILINE,
)
"""A line that says what went wrong, below others (a traceback)."""

LISTING: Final = re.compile(
    r"^\s*(?:\S+:\d+:|\d+[.)] |[-*•] |#|\d{4}-\d\d-\d\d|[\w.-]+,[\w.-]*(?:,|$)|<|\||HTTP/[\d.]+ [123]"
    r"|import |def |fn |class |pub )",
    re.MULTILINE,
)
"""A line of hits, a list, a table, a log, a program: texts in which words of errors mean nothing."""

TRANSCRIPT: Final = re.compile(r"^\w+: .*\n\w+: ", re.MULTILINE)
"""What several people said."""

QUOTATION: Final = re.compile(r"(?<=[\"“«])[^\"”»]{2,}(?=[\"”»])")

EMPTY: Final = re.compile(
    r"\s*(?:\[\s*\]|\{\s*\}|null|none|\(?(?:empty|no content|no output)\)?|n/a)?\s*", re.IGNORECASE
)

READERS: Final = re.compile(
    r"read|cat|grep|search|fetch|browse|open|get_|list|query|kb|wiki|log|scrape|extract|load|find",
    re.IGNORECASE,
)
"""Tools whose results are texts of others, in which anything may stand."""

ERROR_KEYS: Final = frozenset(
    (
        *("error", "errors", "err", "error_message", "errormessage", "error_msg", "errmsg", "exception"),
        *("fault", "failure", "fehler", "erreur", "erro", "problem"),
    )
)
"""Members that an object has when it is an error, unless they are false, null, zero or empty."""

MESSAGE_KEYS: Final = frozenset(
    (
        *("message", "msg", "detail", "details", "description", "reason", "title", "type", "code", "status"),
        *("motivo", "mensaje", "mensagem", "meldung", "grund", "raison", "content", "text", "output"),
    )
)
"""Members that say more about it."""

FALSE_KEYS: Final = frozenset(("ok", "success", "succeeded", "found", "is_success", "issuccess", "valid"))
"""Members that are false when it is one."""

STATUS_KEYS: Final = frozenset(("status", "state", "result", "type"))
BAD_STATUS: Final = frozenset(
    ("error", "failed", "failure", "fail", "fehler", "erreur", "erro", "denied", "rejected", "timeout")
)
"""What those members are then."""

CODE_KEYS: Final = frozenset(
    ("status", "code", "status_code", "statuscode", "http_status", "codigo", "errcode")
)
"""Members that have an HTTP status, or a negative number, when it is one and a message stands beside them."""

FULL: Final = re.compile(
    r"(?:conversation|chat|context)[^.]{0,40}"
    r"(?:maximum length|too long|length limit|limit reached|window is full)"
    r"|(?:reached|hit|exceeded|ran out of)[^.]{0,30}"
    r"(?:context (?:window|length|limit)|(?:maximum|max) (?:length|context))"
    r"|kontext(?:fenster|länge)|límite de contexto|limite de contexte|contexto máximo|上下文(?:长度|窗口)",
    re.IGNORECASE,
)
"""An agent's answer that says that its context is full,"""
SORRY: Final = re.compile(
    r"sorry|apolog|error|unable|no longer|leider|lo siento|désolé|desculp|抱歉", re.IGNORECASE
)
"""and has one of these words, as otherwise it explains the matter."""
