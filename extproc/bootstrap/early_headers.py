"""What happens to a client's headers before anything else reads them, routing included."""

from envoy_data_plane.envoy.config.core.v3 import TypedExtensionConfig
from envoy_data_plane.envoy.extensions.http.early_header_mutation.header_mutation.v3 import HeaderMutation

from extproc import headers
from extproc.bootstrap.header_edits import overwrite, remove, remove_prefix
from extproc.bootstrap.operators import literal
from extproc.bootstrap.typed import extension


def early_headers(listener: str) -> TypedExtensionConfig:
    """Take away what steers Envoy or us, then say by which listener the request came."""
    return extension(
        "envoy.http.early_header_mutation.header_mutation",
        HeaderMutation(
            mutations=[
                remove_prefix(headers.INTERNAL_PREFIX),
                remove_prefix("x-envoy-"),
                *map(remove, headers.PLANO_INTERNAL),
                overwrite(headers.LISTENER, literal(listener)),
            ]
        ),
    )
