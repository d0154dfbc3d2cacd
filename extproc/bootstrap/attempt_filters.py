"""HTTP filters of clusters whose requests may have further attempts: what Envoy notes of each.

An attempt that is answered leaves its answer where the next one, the answer's headers and the access log find
it. One that is not answered leaves nothing: no filter of its cluster has run.
"""

from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Edit
from envoy_data_plane.envoy.config.core.v3 import (
    DataSource,
    GrpcService,
    GrpcServiceEnvoyGrpc,
    HeaderValue,
    TypedExtensionConfig,
)
from envoy_data_plane.envoy.extensions.common.matching.v3 import ExtensionWithMatcher
from envoy_data_plane.envoy.extensions.filters.common.matcher.action.v3 import SkipFilter
from envoy_data_plane.envoy.extensions.filters.http.ext_proc.v3 import (
    ExternalProcessor,
    HeaderForwardingRules,
    MetadataOptions,
    MetadataOptionsMetadataNamespaces,
)
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import HeaderMutation, Mutations
from envoy_data_plane.envoy.extensions.filters.http.lua.v3 import Lua
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import (
    HttpResponseStatusCodeClassMatchInput,
    ListStringMatcher,
    StringMatcher,
)
from envoy_data_plane.envoy.type.v3 import HttpStatus, StatusCode
from envoy_data_plane.xds.core.v3 import TypedExtensionConfig as XdsExtension
from envoy_data_plane.xds.type.matcher.v3 import (
    Matcher,
    MatcherMatcherTree,
    MatcherMatcherTreeMatchMap,
    MatcherOnMatch,
)

from extproc import headers, limits
from extproc.bootstrap import ext_proc
from extproc.bootstrap.header_edits import overwrite, remove, remove_prefix
from extproc.bootstrap.operators import decided
from extproc.bootstrap.typed import http_filter, pack

ATTRIBUTES: Final = ("upstream.request_attempt_count", f"filter_state['{headers.CLIENT_PATH_STATE}']")
"""What a further attempt's stream is told beside metadata."""

_SHOWN: Final = (
    ":method",
    ":path",
    ":status",
    "content-type",
    "content-encoding",
    "retry-after",
)
"""Headers of request and answer that such a stream is shown: nothing that names or identifies anyone."""

_RECORD: Final = """
function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get(":status")
  local metadata = handle:streamInfo():dynamicMetadata()
  local told = metadata:get("%(namespace)s")
  local number = tonumber(headers:get("%(attempt)s"))
  if told == nil or told["names"] == nil or number == nil then
    return
  end
  local names = told["names"]
  local answer = status .. " " .. (headers:get("retry-after") or "")
  metadata:set("%(namespace)s", "answered_" .. number, answer)
  told["answered_" .. number] = answer
  local trail, trails = "", {}
  for i = 1, #names do
    trails[i] = trail .. names[i]
    local answered = string.match(told["answered_" .. i] or "", "^%%d+")
    trail = trails[i] .. " " .. (answered or "unanswered") .. ", "
  end
  metadata:set("%(namespace)s", "trails", trails)
  local ms = string.format("%%d", handle:timestamp() - (told["decided_ms"] or 0))
  local failures = told["failures"] and told["failures"] .. ", " or ""
  metadata:set("%(namespace)s", "failures", failures .. names[number] .. " " .. status .. " " .. ms .. "ms")
end
"""


def recorder() -> list[HttpFilter]:
    """What notes failures, and what tells it the attempt's number."""
    names = {"namespace": headers.METADATA_NAMESPACE, "attempt": headers.ATTEMPT}
    source = DataSource(inline_string=_RECORD % names)
    record = http_filter("envoy.filters.http.lua/record", Lua(default_source_code=source))
    return [_but_for_success(record), _numbered()]


def forget_number() -> Edit:
    """The last edit of an answer: its attempt's number is nobody else's business."""
    return remove(headers.ATTEMPT)


def _numbered() -> HttpFilter:
    """The first edit of an answer: what a provider may not say is gone, and the attempt's number is there.

    An ``x-envoy-ratelimited`` of another Envoy, in front of the provider, would forbid any retry.
    """
    edits = [
        remove_prefix("x-plano-"),
        remove_prefix("x-envoy-"),
        overwrite(headers.ATTEMPT, "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
    ]
    return http_filter(
        "envoy.filters.http.header_mutation/numbered",
        HeaderMutation(mutations=Mutations(response_mutations=edits)),
    )


def _but_for_success(filter_: HttpFilter) -> HttpFilter:
    """The filter, left out for answers of 2xx: to enter Lua costs more than all the rest of an attempt."""
    skip = XdsExtension(name="skip", typed_config=pack(SkipFilter()))
    tree = MatcherMatcherTree(
        input=XdsExtension(name="class", typed_config=pack(HttpResponseStatusCodeClassMatchInput())),
        exact_match_map=MatcherMatcherTreeMatchMap(map={"2xx": MatcherOnMatch(action=skip)}),
    )
    delegated = ExtensionWithMatcher(
        extension_config=TypedExtensionConfig(name=filter_.name, typed_config=filter_.typed_config),
        xds_matcher=Matcher(matcher_tree=tree),
    )
    return http_filter(filter_.name, delegated)


def further_attempt(workers: str) -> HttpFilter:
    """ext_proc in a twin's cluster: a stream an attempt, to the cluster `workers`."""
    shown = [StringMatcher(exact=name) for name in _SHOWN]
    namespaces = [headers.METADATA_NAMESPACE, headers.CLIENT_NAMESPACE]
    return http_filter(
        "envoy.filters.http.ext_proc/attempt",
        ExternalProcessor(
            grpc_service=GrpcService(
                envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=workers),
                timeout=timedelta(0),
                retry_policy=ext_proc.other_worker(),
                initial_metadata=[HeaderValue(key=headers.WORKER, value=decided("worker"))],
            ),
            stat_prefix="attempt",
            failure_mode_allow=False,
            status_on_error=HttpStatus(code=StatusCode.ServiceUnavailable),
            message_timeout=timedelta(seconds=limits.EXT_PROC_MESSAGE_TIMEOUT_S),
            processing_mode=ext_proc.phases(),
            allow_mode_override=True,
            request_attributes=list(ATTRIBUTES),
            forward_rules=HeaderForwardingRules(allowed_headers=ListStringMatcher(patterns=shown)),
            metadata_options=MetadataOptions(
                forwarding_namespaces=MetadataOptionsMetadataNamespaces(untyped=namespaces),
                receiving_namespaces=MetadataOptionsMetadataNamespaces(untyped=[headers.METADATA_NAMESPACE]),
            ),
        ),
    )
