"""Names of the headers that cross a border of ours, once for Envoy's configuration and for the exchange."""

from typing import Final

INTERNAL_PREFIX: Final = "x-plano-int-"
"""Ours alone: Envoy removes them from clients before routing and again before a provider."""

CLUSTER: Final = "x-plano-int-cluster"
"""Set by the decision; the route that reaches a provider matches it (``cluster_header``)."""

LISTENER: Final = "x-plano-int-listener"
"""Set by Envoy on each request: the name of the listener it came in by."""

RETRY: Final = "x-plano-int-retry"
"""Set by the decision in place of `CLUSTER`, where a request has several attempts: the id of its policy."""

ATTEMPT: Final = "x-plano-int-attempt"
"""On an answer inside a provider's cluster: the number of the attempt that it answers."""

WORKER: Final = "x-plano-int-worker"
"""On a stream of a further attempt: the socket of the worker that has the exchange."""

HASH: Final = "x-plano-int-hash"
"""Set by the decision: requests with one value go to one replica, where a cluster has several (ring hash)."""

CONVERSATION: Final = "x-plano-conversation-id"
"""Set by the decision for agents: the same for every request of a conversation."""

PLANO_INTERNAL: Final = (
    "x-arch-llm-provider",
    "x-arch-llm-provider-hint",
    "x-arch-streaming-request",
    "x-arch-upstream",
    "x-arch-agent-listener-name",
    "x-arch-llm-route",
    "x-plano-prefix-hash",
)
"""Plano's internal headers: removed from clients; no client of Plano may rely on them."""

MODEL_AFFINITY: Final = "x-model-affinity"
"""From a client: the id of its conversation, which is to stay at one model."""

CACHE: Final = "x-plano-cache"
"""From a client: ``off`` keeps this request out of everything that prompt caches are used for."""

MAX_SWITCH_SPEND_PCT: Final = "x-plano-max-switch-spend-pct"
"""From a client: the routing budget of this request, 0 to 100."""

CLIENT_API: Final = (
    MODEL_AFFINITY,
    CACHE,
    MAX_SWITCH_SPEND_PCT,
    "x-arch-ratelimit-selector",
)
"""Plano's headers that are the client's to set: kept on the way in, removed before a provider."""

CREDENTIALS: Final = ("authorization", "x-api-key", "api-key")
"""Headers that may carry a client's credential (OpenAI, Anthropic, Azure)."""

REPLY: Final = "x-plano-reply"
"""On an answer that we or Envoy, not the provider, made: the reason."""

MODEL: Final = "x-plano-model"
"""On an answer of a provider: the model id that was asked of it."""

PROVIDER: Final = "x-plano-provider"
"""On an answer of a provider: the provider's configured name."""

AGENT: Final = "x-plano-agent"
"""On an answer of an agent: its id."""

AGENTS: Final = "x-plano-agents"
"""On an answer that several agents worked for, one after the other: their ids in that order, by commas."""

AGENTS_SKIPPED: Final = "x-plano-agents-skipped"
"""On such an answer: those that failed before and were left out."""

ATTEMPTS: Final = "x-plano-attempts"
"""On an answer to a request that could have had several attempts: each target and what it answered."""

LOST_FIELDS: Final = "x-plano-lost-fields"
"""On an answer to a translated request: the fields that the provider's API could not say, by path."""

ESTIMATED: Final = "x-plano-estimated"
"""On an answer of ours: what in it is estimated, ``tokens``."""

METADATA_NAMESPACE: Final = "plano"
"""Dynamic metadata: ``listener``, ``provider``, ``model``, ``operation``, ``replied``, ``reply``; of a choice
``agent``, ``agents``, ``agents_skipped``, ``route`` (a routing preference), ``routed_by`` (`Stage`),
``routing_ms`` (number), ``routing_reason``; of a conversation ``session_reason`` and ``counterfactual``; of
several attempts lists with an entry each (``names``, ``providers``, ``models``, ``trails``), and what
`attempts` keeps for them."""

ORDER_NAMESPACE: Final = "plano.order"
"""Dynamic metadata: the clusters of a request with several attempts, one each."""

CLIENT_NAMESPACE: Final = "plano.client"
"""Dynamic metadata about the request as it came in, ``path`` (without its query) and ``request_id``; Envoy
itself notes it."""

CLIENT_PATH_STATE: Final = "plano.client.path"
"""Filter state: the client's path with its query, which no log may show."""

USAGE_NAMESPACE: Final = "plano.usage"
"""Dynamic metadata, numbers: the tokens of an answer where Envoy has read them."""
