"""Every bound of the product, named, with its unit last and the reason beside it.

A limit that an operator would want to change is a default here and a key in the config.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

BODY_BYTES_MAX: Final = 20 * MIB
"""Default of a listener's ``max_body_bytes``: base64 images and long agent histories fit."""

BODY_BYTES_CEILING: Final = 200 * MIB
"""The largest ``max_body_bytes`` a config may ask for: the body is held once in Envoy and once here."""

GRPC_MESSAGE_OVERHEAD_BYTES: Final = MIB
"""Room for headers and attributes around a body of the largest size in one ProcessingRequest."""

JSON_DEPTH_MAX: Final = 512
"""Nesting that every request body may have. More is passed as far as Python's stack allows (Python 3.11: to
some 950 levels) and refused beyond; to count levels exactly would cost as much as reading the body."""

SSE_EVENT_BYTES_MAX: Final = 4 * MIB
"""Largest event of a streamed answer: a whole image as base64 fits, a stream without line ends does not."""

EVENT_STREAM_FRAME_BYTES_MAX: Final = 4 * MIB
"""The same for a frame of Bedrock's event streams, whose own format allows 24 MiB."""

MODEL_NAME_CHARS_MAX: Final = 512
"""Longest ``model`` that is looked up (and echoed in an error)."""

MULTIPART_PARTS_MAX: Final = 128
"""Parts of a multipart body that are searched for ``model``."""

CONFIG_BYTES_MAX: Final = 4 * MIB
"""Largest config file read."""

CONFIG_NODES_MAX: Final = 200_000
"""Values of a config once its YAML anchors are expanded: a few lines of them can stand for billions."""

CONFIG_DEPTH_MAX: Final = 64
"""Nesting of a config: no key of ours is deeper than eight; a filter's settings are the user's own."""

CONFIG_NAME_CHARS_MAX: Final = 256
"""Longest name or id in a config: they go into headers, logs and metrics."""

SAME_TARGET_RETRIES_MAX: Final = 100
"""Largest ``max_retries`` of a listener; more is a loop, not a retry."""

ATTEMPTS_MAX: Final = 8
"""Attempts at one request, whatever a config lists: each costs its caller time and someone money."""

COOLING_S_MAX: Final = 3600.0
"""Longest time a ``retry-after`` keeps a target out of use: a daily quota may be raised in between."""

COOLING_TARGETS_MAX: Final = 1024
"""Targets that a worker remembers as cooling down; a wildcard's models are the client's to name."""

COOLING_WAIT_S_MAX: Final = 5.0
"""Longest wait for a target where all are cooling down; Envoy's patience is twice that
(`EXT_PROC_MESSAGE_TIMEOUT_S`)."""

SECRET_BYTES_MAX: Final = 64 * KIB
"""Largest file a ``file:`` secret may name; a header cannot carry more (`REQUEST_HEADERS_KIB_MAX`)."""

REQUEST_HEADERS_KIB_MAX: Final = 96
"""Envoy's ``max_request_headers_kb``: its own ceiling; agents send long tokens and baggage."""

REQUEST_HEADERS_COUNT_MAX: Final = 200
"""Envoy's ``max_headers_count``."""

REQUEST_HEADERS_TIMEOUT_S: Final = 10.0
"""Time a client has to send its headers (slow loris)."""

REQUEST_TIMEOUT_S: Final = 300.0
"""Time a client has to send its whole request; says nothing of the answer."""

STREAM_IDLE_TIMEOUT_S: Final = 600.0
"""Silence after which a stream is cut: reasoning models think for minutes before the first byte."""

EXT_PROC_MESSAGE_TIMEOUT_S: Final = 10.0
"""Envoy's patience for one reply of ours; a decision takes microseconds, a full worker queue longer."""

EXT_PROC_MAX_MESSAGE_TIMEOUT_S: Final = 300.0
"""The most that one exchange may ask for with ``override_message_timeout``."""

CONNECT_TIMEOUT_S: Final = 5.0
"""Default of ``overrides.upstream_connect_timeout``."""

DOWNSTREAM_CONNECTIONS_MAX: Final = 50_000
"""Connections Envoy accepts before it refuses more."""

WORKERS_MAX: Final = 64
"""Worker processes of one ``plano-extproc``."""

STREAMS_PER_WORKER_MAX: Final = 4096
"""Exchanges in flight one worker takes; more are refused by gRPC and tried on another worker."""

DRAIN_S: Final = 30.0
"""Time in-flight exchanges have to end after SIGTERM."""

UNIX_SOCKET_PATH_BYTES_MAX: Final = 107
"""``sockaddr_un.sun_path`` less its NUL (unix(7))."""

TERMINATE_S: Final = 2.0
"""What is kept of a child's drain time for its end after SIGTERM."""

READY_MAX_S: Final = 10.0
"""Longest wait for a child to be ready before the next one is started all the same."""

RESTART_DELAY_FIRST_S: Final = 0.1
"""Wait before a dead child is started again; doubles with each death that follows soon."""

RESTART_DELAY_MAX_S: Final = 10.0
"""Longest wait between two starts: that a full disk or a missing file is mended is soon noticed."""

RESTART_STABLE_S: Final = 10.0
"""A child that lived this long is no longer thought to be failing."""

RESTART_QUICK_DEATHS_MAX: Final = 5
"""Early deaths in a row after which a child is reported as failing: 1.5 s after its first start."""

HEALTH_NOTICE_S: Final = 1.5
"""Time Envoy gets to notice NOT_SERVING before a worker stops listening: its check runs each second."""

PING_INTERVAL_MIN_MS: Final = 5_000
"""HTTP/2 pings a worker accepts on an idle connection; Envoy's keepalive sends one each 30 s."""

REQUESTS_PER_CLUSTER_MAX: Final = 100_000
"""Requests, connections and retries in flight to one provider, or to the workers: more than memory allows."""

ANSWER_BYTES_MAX: Final = 64 * MIB
"""Longest answer that is translated, decompressed: a small compressed one must not become an endless one."""

LOST_FIELDS_CHARS_MAX: Final = 1024
"""Length of the header that tells which fields could not cross to another API."""

COUNTED_CHARS_MAX: Final = 4 * MIB
"""Text of a request whose tokens are counted, 0.3 s of work and 2 s at worst: all that models can read."""

COUNTED_PIECE_CHARS: Final = 256 * KIB
"""Text that is encoded at once: its tokens are 3 MB of Python integers."""

IMAGE_HEAD_CHARS: Final = 256 * KIB
"""Base64 of an image in which its size is looked for; a JPEG has it behind thumbnail and colour profile."""

CONNECTIONS_PER_WORKER_MAX: Final = 1024
"""Connections a worker keeps: Envoy opens one a thread of its own, and one for health checks."""

HANDSHAKE_S: Final = 10.0
"""Time a new connection to a worker has to say that it speaks HTTP/2."""

STREAM_WINDOW_BYTES: Final = MIB
"""HTTP/2 window of a stream: what Envoy may send before we took any of it; a message that is still coming is
taken as it comes, up to its own limit."""

HEADER_BLOCK_BYTES_MAX: Final = 32 * KIB
"""Header fields of one ext_proc stream: they are Envoy's own, the client's come inside a message."""

CONTINUATIONS_MAX: Final = 16
"""Frames one header block may be cut into: four times what its size needs."""

HELD_BYTES_PER_WORKER_MAX: Final = 1024 * MIB
"""Received bytes that no exchange has taken yet, of all streams: some fifty bodies of the default limit."""

UNREAD_CONTROL_BYTES_MAX: Final = MIB
"""Answers to pings and the like that are kept for a peer which does not read them."""

WRITE_BUFFER_BYTES: Final = MIB
"""Replies handed to the kernel's care ahead of it; beyond that they wait in their streams."""

CLOSE_S: Final = 2.0
"""Time a peer has to read the GOAWAY that says why its connection ends."""

ASIDE_BYTES_MIN: Final = 128 * KIB
"""Bodies of this size and more are worked on beside the event loop: at worst they take 3 ms and more."""

SESSIONS_MAX: Final = 10_000
"""Conversations that a worker remembers."""

ROUTER_MODEL_S: Final = 3.0
"""Time a router model has to choose; after it the embedded router's best guess holds."""

ROUTER_MODEL_S_MAX: Final = 60.0
"""The most that ``overrides.router_timeout`` may give it: a person waits for it before any answer."""

ROUTER_MODEL_FAILURES_MAX: Final = 3
"""Times in a row that a router model may fail to answer before it is given a pause."""

ROUTER_MODEL_PAUSE_FIRST_S: Final = 5.0
"""The first pause; each further one is twice as long."""

ROUTER_MODEL_PAUSE_MAX_S: Final = 60.0
"""The longest: a try in a minute costs one request its wait."""

AGENT_S: Final = 120.0
"""Time an agent in the middle of a chain has for its answer."""

CHAIN_S: Final = 280.0
"""Time a whole chain of agents has before the last one: Envoy waits for `EXT_PROC_MAX_MESSAGE_TIMEOUT_S`."""

CHAIN_AGENTS_MAX: Final = 8
"""Agents that one request may pass in turn."""

ROUTING_S: Final = 5.0
"""Time that choosing may take in all, should a router not keep to its own: half of Envoy's patience."""

OUTBOUND_BYTES_MAX: Final = 8 * MIB
"""Longest answer of a router model or of an agent in the middle of a chain."""

ROUTED_TURNS_MAX: Final = 16
"""Newest messages of a conversation that a router looks at."""

METRICS_CONNECT_S: Final = 5.0
"""Time to connect to a source of prices or latencies."""

METRICS_READ_S: Final = 30.0
"""Time to read all of one, from its address to its last byte."""

METRICS_BYTES_MAX: Final = 32 * MIB
"""Longest list of prices or latencies: models.dev has some 3 MB."""

METRICS_RETRY_FIRST_S: Final = 5.0
"""Wait after a source could not be read; doubles each time, up to its interval or `METRICS_RETRY_MAX_S`."""

METRICS_RETRY_MAX_S: Final = 300.0
"""Longest wait until a source that could not be read is tried again."""

CASCADE_CANDIDATES_MAX: Final = 5
"""Candidates, of those the embedded router thinks best, that a router model is shown."""

ROUTE_EXAMPLES_MAX: Final = 5
"""Examples of a candidate that a router model is shown: it understands the description."""

ROUTED_TOKENS_MIN: Final = 512
"""What a router model is shown of a conversation, however little room the descriptions leave."""

ROUTER_ANSWER_CHARS_MAX: Final = 64 * KIB
"""End of a router model's answer in which names are looked for: some think aloud before they say them."""

ROUTER_ANSWER_BYTES_MAX: Final = MIB
"""Longest answer of a router model that is read at all: in `ROUTER_MODEL_S` none writes so much."""

COMPLAINT_INTERVAL_S: Final = 60.0
"""Time for which a router that keeps failing in one way is silent about it in the log."""

CACHE_WARM_S: Final = 300.0
"""Idle time after which a provider is thought to have dropped a prompt from its cache: Anthropic's default
lifetime, and the least that OpenAI promises."""

SESSION_ID_CHARS_MAX: Final = 256
"""Longest ``x-model-affinity`` and tenant that are kept as they are; of a longer one, its hash."""

SESSION_MODELS_MAX: Final = 8
"""Models that a conversation is known to have been at: its entry stays below 2 KB."""

HASHED_FIELD_BYTES_MAX: Final = 8 * KIB
"""Text that goes byte by byte into a conversation's key, half a millisecond; of a longer one, its SHA-256."""

HASHED_FIELDS_KEPT: Final = 4096
"""Hashes that are remembered, so that the system prompt of many conversations is gone through once: 1 MB."""

EMBEDDED_TOKENS_MAX: Final = 128
"""Tokens of a text that the embedded model reads, half of them from its end: 12 ms of work."""

EMBEDDED_CHARS_MAX: Final = 2048
"""Characters that those tokens are looked for in: twice as many as they usually have."""

EMBEDDINGS_REMEMBERED: Final = 4096
"""Vectors kept for texts that come again: 8 MB."""

PREFERENCES_MAX: Final = 64
"""Routing preferences that a request may bring along: a router reads the description of each."""

PREFERENCE_CHARS_MAX: Final = 4096
"""Longest description of one."""

PREFERENCE_NAME_CHARS_MAX: Final = 256
"""Longest name of one, and of a model in it: they come back in headers and logs."""

PREFERENCE_MODELS_MAX: Final = 64
"""Models that one may name."""

WATCHED_BYTES_MAX: Final = 8 * MIB
"""Longest answer that is kept aside until its end to read its usage; a stream is read as it passes."""

CACHED_TOKENS_MIN: Final = 1024
"""Shortest prompt that any provider keeps in its cache: a mark on a shorter one does nothing."""

STATE_NAME_CHARS_MAX: Final = 1024
"""Longest kind, tenant or key of an entry that the state service keeps: the longest of ours have some 600."""

STATE_VALUE_BYTES_MAX: Final = 32 * MIB
"""Largest value of one: a conversation with its pictures, half again as long as a request may be."""

STATE_BYTES_PER_KIND_MAX: Final = 512 * MIB
"""Values of one kind that are kept in all; those written longest ago make room."""

STATE_ENTRIES_MAX: Final = 10_000
"""Entries of a kind for which nothing else is said."""

STATE_RESPONSES_MAX: Final = 10_000
"""Answers of the Responses API that are kept for the turns that follow."""

STATE_CONVERSATIONS_MAX: Final = 10_000
"""Conversations of which more is known than their turns."""

STATE_TURNS_MAX: Final = 20_000
"""Ended exchanges that are kept, some 1 KB each."""

STATE_SWEEP_S: Final = 60.0
"""How often a store removes what has expired and is not asked for."""

STATE_STORE_S: Final = 2.0
"""Time a store has for one call."""

STATE_CONNECTIONS_MAX: Final = 8
"""Connections that a store keeps to its server; further calls wait for one."""

STATE_WITNESS_S: Final = 5.0
"""Time that the state service gives Envoy to tell of an exchange of which the external processor told its
last, and the other way round: both tell within a second."""

STATE_GAP_S: Final = 10.0
"""Time for which it waits for Envoy's word on an exchange that began before Envoy's log could be heard: it
may have been said when nobody was there. If not, it is late news."""

STATE_TURN_S_MAX: Final = 3600.0
"""Time after which an exchange is taken to have ended though nobody said so: answers stream for minutes."""

STATE_OPEN_TURNS_MAX: Final = 50_000
"""Exchanges that go on at once, as far as the state service keeps track of them: some 2 KB each."""

STATE_ENDED_TURNS_MAX: Final = 2_000
"""Exchanges that have ended and to which late news may still be added."""

STATE_TURN_KEEP_S: Final = 7 * 86_400.0
"""How long an ended exchange is kept, where there is room."""

STATE_TURNS_WAITING_MAX: Final = 10_000
"""Ended exchanges that wait for the store; beyond that they are lost, and counted."""

STATE_LOADS_MAX: Final = 1_000
"""Providers, agents or models whose load is counted; those used longest ago make room. Names of models may be
the clients'."""

STATE_REPORTERS_MAX: Final = 256
"""Processes that tell of their exchanges and are remembered."""

STATE_TURNS_LISTED: Final = 100
"""Turns that are listed where nobody says how many."""

STATE_TURNS_LISTED_MAX: Final = 1_000
"""Most turns that are listed at once."""

STATE_TICK_S: Final = 1.0
"""How often it is looked for exchanges that have waited long enough."""

STATE_DRAIN_S: Final = 3.0
"""Time that the state service has after SIGTERM to answer what it was asked."""

PHRASES_MAX: Final = 48
"""Phrases of one description that are compared with a question, and as many examples: 60 ms of work once."""

CLAUSES_MAX: Final = 6
"""Clauses in which several tasks are looked for; a text of more is a document, not a question."""

EARLIER_TURNS_MAX: Final = 4
"""What a user said before that is looked at to understand a follow-up."""

EMBEDDED_S: Final = 1.5
"""Time the embedded router has to choose, hundreds of times what it needs: many may wait for its thread."""

CANDIDATE_SETS_KEPT: Final = 64
"""Sets of candidates whose prototypes are kept: the config's, and what requests bring along; 0.5 MB each."""

CONFIG_POLL_S: Final = 0.5
"""Time between two looks at the files of a config; one that changed is taken when two looks see the same."""

CONTROL_BYTES_MAX: Final = 4 * MIB
"""Longest message to a gateway or a worker that is told to reload: a shell's environment fits."""

CONTROL_S: Final = 5.0
"""Time a worker has to answer what needs no work, and a request has to come in."""

WORKER_PREPARE_S: Final = 30.0
"""Time the workers have to read a new config and make its routers ready, before it is given up."""

ENVOY_APPLIES_S: Final = 15.0
"""Time Envoy has to take a new config: to look up the names of new clusters takes it up to 5 s."""

RETIRED_MIN_S: Final = 1.0
"""Time that what a new config does without stays at least: a decision may just be on its way to Envoy."""

RETIRED_MAX_S: Final = 300.0
"""Time it stays at most, while requests still need it: as long as one may be undecided."""

RETIRED_POLL_S: Final = 0.5
"""Time between two looks whether they do."""

EARLIER_RULES_MAX: Final = 8
"""Configs before the one in force that a worker still knows, for what began by them."""

CONFIG_ERROR_CHARS_MAX: Final = 1000
"""As much of what is wrong with a rejected config is told by ``/healthz``."""

RESPONSES_MAX: Final = 10_000
"""Answers of the Responses API that a worker keeps in its memory."""

RESPONSES_BYTES_MAX: Final = 256 * MIB
"""What they may take there; each holds its conversation up to it."""

RESPONSE_S: Final = 30 * 86_400.0
"""Time for which an answer is kept, as OpenAI does."""

RESPONSE_BYTES_MAX: Final = 8 * MIB
"""Longest conversation that is kept: more text than any model reads; pictures in it count as base64."""

RESPONSE_ITEMS_MAX: Final = 10_000
"""Items of the longest conversation that is kept."""

RESPONSE_ITEMS_SHOWN: Final = 20
"""Input items of an answer that are listed at once where the client does not say, as OpenAI does."""

RESPONSE_ITEMS_SHOWN_MAX: Final = 100
"""The most that it may ask for."""

RESPONSE_ID_CHARS_SHOWN: Final = 100
"""How much of an unknown id its error repeats."""

UNREAD_EVENTS_MAX: Final = 2048
"""Words of a streamed answer that are kept as they came, should it break off: half a megabyte."""

SIGNALS_MAX: Final = 200
"""Latest signals of a conversation that are kept; all are counted."""

SIGNAL_CALLS_MAX: Final = 24
"""Latest tool calls of a conversation in which loops are looked for."""

RESULT_PARSED_CHARS_MAX: Final = 100_000
"""A tool's result that is longer is not parsed as JSON in search of an error: an error is short."""

REPLAY_LINE_CHARS_MAX: Final = 16 * MIB
"""Longest line that ``planoctl signals replay`` takes: one conversation."""

STATE_LOOKUP_S: Final = 0.1
"""Time that a request waits to hear what is remembered of its conversation; it takes half a millisecond."""

STATE_CALL_S: Final = 3.0
"""Time for any other call of the state service: more than its store has."""

STATE_LATE_LOOKUPS_MAX: Final = 3
"""Look-ups in a row that fail before the state service is given a pause."""

STATE_PAUSE_S: Final = 1.0
"""Time for which it is then not asked: no request waits for a service that hangs."""

STATE_PUTS_MAX: Final = 1_024
"""Entries that wait to be written."""

STATE_EVENTS_MAX: Final = 20_000
"""Events of a worker that wait to be told, some 500 bytes each; further ones are dropped, and counted."""

STATE_BATCH_MAX: Final = 256
"""Events that are told at once: a millisecond of work at either end."""

STATE_BATCH_S: Final = 0.1
"""Time that events are collected before they are told."""

STATE_RETRY_S: Final = 0.5
"""Time after which they are told again to a service that could not be reached."""

STATE_HEARTBEAT_S: Final = 5.0
"""How often a worker that has nothing to tell says that it is alive."""

STATE_PATH_CHARS_MAX: Final = 256
"""Longest path of a request that is told: those that we know are shorter."""
