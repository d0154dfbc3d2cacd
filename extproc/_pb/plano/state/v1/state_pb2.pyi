from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetEntryRequest(_message.Message):
    __slots__ = ("kind", "tenant", "key")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    tenant: str
    key: str
    def __init__(self, kind: _Optional[str] = ..., tenant: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class GetEntryResponse(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: bytes
    def __init__(self, value: _Optional[bytes] = ...) -> None: ...

class PutEntryRequest(_message.Message):
    __slots__ = ("kind", "tenant", "key", "value", "ttl_seconds")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    tenant: str
    key: str
    value: bytes
    ttl_seconds: float
    def __init__(self, kind: _Optional[str] = ..., tenant: _Optional[str] = ..., key: _Optional[str] = ..., value: _Optional[bytes] = ..., ttl_seconds: _Optional[float] = ...) -> None: ...

class PutEntryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AddEntryRequest(_message.Message):
    __slots__ = ("kind", "tenant", "key", "value", "ttl_seconds")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    tenant: str
    key: str
    value: bytes
    ttl_seconds: float
    def __init__(self, kind: _Optional[str] = ..., tenant: _Optional[str] = ..., key: _Optional[str] = ..., value: _Optional[bytes] = ..., ttl_seconds: _Optional[float] = ...) -> None: ...

class AddEntryResponse(_message.Message):
    __slots__ = ("added",)
    ADDED_FIELD_NUMBER: _ClassVar[int]
    added: bool
    def __init__(self, added: _Optional[bool] = ...) -> None: ...

class DeleteEntryRequest(_message.Message):
    __slots__ = ("kind", "tenant", "key")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    tenant: str
    key: str
    def __init__(self, kind: _Optional[str] = ..., tenant: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class DeleteEntryResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    def __init__(self, deleted: _Optional[bool] = ...) -> None: ...

class ReportEventsRequest(_message.Message):
    __slots__ = ("reporter", "events")
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    reporter: Reporter
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, reporter: _Optional[_Union[Reporter, _Mapping]] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class ReportEventsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Reporter(_message.Message):
    __slots__ = ("name", "waiting", "dropped", "lookups_failed", "at", "coolings")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    LOOKUPS_FAILED_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    COOLINGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    waiting: int
    dropped: int
    lookups_failed: int
    at: float
    coolings: _containers.RepeatedCompositeFieldContainer[Cooling]
    def __init__(self, name: _Optional[str] = ..., waiting: _Optional[int] = ..., dropped: _Optional[int] = ..., lookups_failed: _Optional[int] = ..., at: _Optional[float] = ..., coolings: _Optional[_Iterable[_Union[Cooling, _Mapping]]] = ...) -> None: ...

class Cooling(_message.Message):
    __slots__ = ("target", "left_seconds")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    LEFT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    target: str
    left_seconds: float
    def __init__(self, target: _Optional[str] = ..., left_seconds: _Optional[float] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("request_id", "at", "exchange", "ending")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    ENDING_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    at: float
    exchange: Exchange
    ending: Ending
    def __init__(self, request_id: _Optional[str] = ..., at: _Optional[float] = ..., exchange: _Optional[_Union[Exchange, _Mapping]] = ..., ending: _Optional[_Union[Ending, _Mapping]] = ...) -> None: ...

class Exchange(_message.Message):
    __slots__ = ("began", "listener", "path", "operation", "api", "tenant", "conversation", "trace_id", "provider", "model", "alternatives", "agents", "upstream_api", "route", "routed_by", "routing_reason", "routing_ms", "session")
    BEGAN_FIELD_NUMBER: _ClassVar[int]
    LISTENER_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_API_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    ROUTED_BY_FIELD_NUMBER: _ClassVar[int]
    ROUTING_REASON_FIELD_NUMBER: _ClassVar[int]
    ROUTING_MS_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    began: float
    listener: str
    path: str
    operation: str
    api: str
    tenant: str
    conversation: str
    trace_id: str
    provider: str
    model: str
    alternatives: _containers.RepeatedScalarFieldContainer[str]
    agents: _containers.RepeatedScalarFieldContainer[str]
    upstream_api: str
    route: str
    routed_by: str
    routing_reason: str
    routing_ms: float
    session: str
    def __init__(self, began: _Optional[float] = ..., listener: _Optional[str] = ..., path: _Optional[str] = ..., operation: _Optional[str] = ..., api: _Optional[str] = ..., tenant: _Optional[str] = ..., conversation: _Optional[str] = ..., trace_id: _Optional[str] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., alternatives: _Optional[_Iterable[str]] = ..., agents: _Optional[_Iterable[str]] = ..., upstream_api: _Optional[str] = ..., route: _Optional[str] = ..., routed_by: _Optional[str] = ..., routing_reason: _Optional[str] = ..., routing_ms: _Optional[float] = ..., session: _Optional[str] = ...) -> None: ...

class Ending(_message.Message):
    __slots__ = ("ending", "error_code", "status", "usage", "took_ms")
    ENDING_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    TOOK_MS_FIELD_NUMBER: _ClassVar[int]
    ending: str
    error_code: str
    status: int
    usage: Usage
    took_ms: float
    def __init__(self, ending: _Optional[str] = ..., error_code: _Optional[str] = ..., status: _Optional[int] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., took_ms: _Optional[float] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens", "estimated")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHE_READ_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHE_CREATION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    reasoning_tokens: int
    estimated: bool
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cache_read_tokens: _Optional[int] = ..., cache_creation_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ..., estimated: _Optional[bool] = ...) -> None: ...

class GetPictureRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetPictureResponse(_message.Message):
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: Picture
    def __init__(self, picture: _Optional[_Union[Picture, _Mapping]] = ...) -> None: ...

class Picture(_message.Message):
    __slots__ = ("at", "started", "version", "in_flight", "agents", "providers", "models", "reporters", "access_log", "stores", "turns_lost")
    AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    REPORTERS_FIELD_NUMBER: _ClassVar[int]
    ACCESS_LOG_FIELD_NUMBER: _ClassVar[int]
    STORES_FIELD_NUMBER: _ClassVar[int]
    TURNS_LOST_FIELD_NUMBER: _ClassVar[int]
    at: float
    started: float
    version: str
    in_flight: int
    agents: _containers.RepeatedCompositeFieldContainer[Load]
    providers: _containers.RepeatedCompositeFieldContainer[Load]
    models: _containers.RepeatedCompositeFieldContainer[Load]
    reporters: _containers.RepeatedCompositeFieldContainer[Reporter]
    access_log: AccessLog
    stores: _containers.RepeatedCompositeFieldContainer[StoreHealth]
    turns_lost: int
    def __init__(self, at: _Optional[float] = ..., started: _Optional[float] = ..., version: _Optional[str] = ..., in_flight: _Optional[int] = ..., agents: _Optional[_Iterable[_Union[Load, _Mapping]]] = ..., providers: _Optional[_Iterable[_Union[Load, _Mapping]]] = ..., models: _Optional[_Iterable[_Union[Load, _Mapping]]] = ..., reporters: _Optional[_Iterable[_Union[Reporter, _Mapping]]] = ..., access_log: _Optional[_Union[AccessLog, _Mapping]] = ..., stores: _Optional[_Iterable[_Union[StoreHealth, _Mapping]]] = ..., turns_lost: _Optional[int] = ...) -> None: ...

class Load(_message.Message):
    __slots__ = ("name", "in_flight", "turns", "errors", "input_tokens", "output_tokens", "last")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    name: str
    in_flight: int
    turns: int
    errors: int
    input_tokens: int
    output_tokens: int
    last: float
    def __init__(self, name: _Optional[str] = ..., in_flight: _Optional[int] = ..., turns: _Optional[int] = ..., errors: _Optional[int] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., last: _Optional[float] = ...) -> None: ...

class AccessLog(_message.Message):
    __slots__ = ("streams", "entries", "unannounced")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    UNANNOUNCED_FIELD_NUMBER: _ClassVar[int]
    streams: int
    entries: int
    unannounced: int
    def __init__(self, streams: _Optional[int] = ..., entries: _Optional[int] = ..., unannounced: _Optional[int] = ...) -> None: ...

class StoreHealth(_message.Message):
    __slots__ = ("type", "kinds", "healthy", "problem", "failures")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    type: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    healthy: bool
    problem: str
    failures: int
    def __init__(self, type: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ..., healthy: _Optional[bool] = ..., problem: _Optional[str] = ..., failures: _Optional[int] = ...) -> None: ...

class ListTurnsRequest(_message.Message):
    __slots__ = ("limit", "since", "tenant", "conversation", "provider", "model", "agent", "failed")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    limit: int
    since: float
    tenant: str
    conversation: str
    provider: str
    model: str
    agent: str
    failed: bool
    def __init__(self, limit: _Optional[int] = ..., since: _Optional[float] = ..., tenant: _Optional[str] = ..., conversation: _Optional[str] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., agent: _Optional[str] = ..., failed: _Optional[bool] = ...) -> None: ...

class ListTurnsResponse(_message.Message):
    __slots__ = ("turns",)
    TURNS_FIELD_NUMBER: _ClassVar[int]
    turns: _containers.RepeatedCompositeFieldContainer[Turn]
    def __init__(self, turns: _Optional[_Iterable[_Union[Turn, _Mapping]]] = ...) -> None: ...

class Turn(_message.Message):
    __slots__ = ("request_id", "began", "ended", "sources", "listener", "path", "operation", "api", "tenant", "conversation", "trace_id", "provider", "model", "alternatives", "agents", "upstream_api", "route", "routed_by", "routing_reason", "session", "ending", "error_code", "status", "failed", "usage", "latency", "cluster", "upstream", "attempts", "flags", "request_bytes", "response_bytes", "calls")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BEGAN_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    LISTENER_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_API_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    ROUTED_BY_FIELD_NUMBER: _ClassVar[int]
    ROUTING_REASON_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ENDING_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    began: float
    ended: float
    sources: _containers.RepeatedScalarFieldContainer[str]
    listener: str
    path: str
    operation: str
    api: str
    tenant: str
    conversation: str
    trace_id: str
    provider: str
    model: str
    alternatives: _containers.RepeatedScalarFieldContainer[str]
    agents: _containers.RepeatedScalarFieldContainer[str]
    upstream_api: str
    route: str
    routed_by: str
    routing_reason: str
    session: str
    ending: str
    error_code: str
    status: int
    failed: bool
    usage: Usage
    latency: Latency
    cluster: str
    upstream: str
    attempts: int
    flags: _containers.RepeatedScalarFieldContainer[str]
    request_bytes: int
    response_bytes: int
    calls: _containers.RepeatedCompositeFieldContainer[Call]
    def __init__(self, request_id: _Optional[str] = ..., began: _Optional[float] = ..., ended: _Optional[float] = ..., sources: _Optional[_Iterable[str]] = ..., listener: _Optional[str] = ..., path: _Optional[str] = ..., operation: _Optional[str] = ..., api: _Optional[str] = ..., tenant: _Optional[str] = ..., conversation: _Optional[str] = ..., trace_id: _Optional[str] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., alternatives: _Optional[_Iterable[str]] = ..., agents: _Optional[_Iterable[str]] = ..., upstream_api: _Optional[str] = ..., route: _Optional[str] = ..., routed_by: _Optional[str] = ..., routing_reason: _Optional[str] = ..., session: _Optional[str] = ..., ending: _Optional[str] = ..., error_code: _Optional[str] = ..., status: _Optional[int] = ..., failed: _Optional[bool] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., latency: _Optional[_Union[Latency, _Mapping]] = ..., cluster: _Optional[str] = ..., upstream: _Optional[str] = ..., attempts: _Optional[int] = ..., flags: _Optional[_Iterable[str]] = ..., request_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ..., calls: _Optional[_Iterable[_Union[Call, _Mapping]]] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ("total_ms", "request_ms", "first_byte_ms", "upstream_first_byte_ms", "routing_ms", "extproc_ms", "exchange_ms")
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_BYTE_MS_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_FIRST_BYTE_MS_FIELD_NUMBER: _ClassVar[int]
    ROUTING_MS_FIELD_NUMBER: _ClassVar[int]
    EXTPROC_MS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_MS_FIELD_NUMBER: _ClassVar[int]
    total_ms: float
    request_ms: float
    first_byte_ms: float
    upstream_first_byte_ms: float
    routing_ms: float
    extproc_ms: float
    exchange_ms: float
    def __init__(self, total_ms: _Optional[float] = ..., request_ms: _Optional[float] = ..., first_byte_ms: _Optional[float] = ..., upstream_first_byte_ms: _Optional[float] = ..., routing_ms: _Optional[float] = ..., extproc_ms: _Optional[float] = ..., exchange_ms: _Optional[float] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("cluster", "status", "took_ms", "flags")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOOK_MS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    status: int
    took_ms: float
    flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, cluster: _Optional[str] = ..., status: _Optional[int] = ..., took_ms: _Optional[float] = ..., flags: _Optional[_Iterable[str]] = ...) -> None: ...
