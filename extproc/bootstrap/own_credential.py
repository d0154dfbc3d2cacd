"""The client's own credential on a translated request: in the header of the provider's API, not the client's.

A client of Anthropic's API sends ``x-api-key``, one of OpenAI's ``authorization``. Which of the two the
provider wants is known here, and no Python sees a credential. A request that is not translated keeps what it
came with. The script is fixed text but for the names below.
"""

from typing import Final

from envoy_data_plane.envoy.config.core.v3 import DataSource
from envoy_data_plane.envoy.extensions.filters.http.lua.v3 import Lua
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from extproc import headers
from extproc.bootstrap.typed import http_filter
from extproc.providers.profile import AuthStyle

_HEADERS: Final = {
    AuthStyle.BEARER: ("authorization", "Bearer "),
    AuthStyle.X_API_KEY: ("x-api-key", ""),
    AuthStyle.API_KEY: ("api-key", ""),
}

_SCRIPT: Final = """
function envoy_on_request(handle)
  local told = handle:streamInfo():dynamicMetadata():get("%(namespace)s")
  if told == nil or told["upstream_api"] == nil then
    return
  end
  local headers = handle:headers()
  local key = headers:get("x-api-key") or headers:get("api-key")
    or string.match(headers:get("authorization") or "", "^[Bb]earer%%s+(.+)$")
  -- Anthropic takes tokens of its subscriptions as bearers alone.
  if key == nil or string.find(key, "^sk%%-ant%%-oat") then
    return
  end
  headers:remove("authorization")
  headers:remove("x-api-key")
  headers:remove("api-key")
  headers:add("%(header)s", "%(prefix)s" .. key)
end
"""


def own_credential(auth: AuthStyle) -> HttpFilter:
    """For clusters that pass the client's credential, behind the filter that puts it back."""
    header, prefix = _HEADERS[auth]
    script = _SCRIPT % {"namespace": headers.METADATA_NAMESPACE, "header": header, "prefix": prefix}
    source = DataSource(inline_string=script)
    return http_filter("envoy.filters.http.lua/own_credential", Lua(default_source_code=source))
