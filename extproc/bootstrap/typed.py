"""From typed messages of ``envoy-data-plane`` (betterproto2) to the JSON that Envoy reads.

Extensions are carried as ``google.protobuf.Any``. `Any.pack` knows a message's type URL because every module
of the package registers its messages when it is imported, and ``to_dict`` of an `Any` unpacks it again; so
what was packed here always dumps. A field that Envoy has and the package lacks has to be put into the dict
after `to_json`.
"""

import json
from collections import OrderedDict
from typing import Any as Json
from typing import Final

from betterproto2 import Casing, Message
from envoy_data_plane.envoy.config.core.v3 import TransportSocket, TypedExtensionConfig
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.google.protobuf import Any

_DUMPS_KEPT: Final = 256
_dumps: Final[OrderedDict[tuple[type[Message], bytes], str]] = OrderedDict()


def pack(config: Message) -> Any:
    """A ``typed_config``."""
    return Any.pack(config)


def http_filter(name: str, config: Message, *, disabled: bool = False) -> HttpFilter:
    """An HTTP filter of a connection manager or a cluster; `disabled`: off where no route turns it on."""
    return HttpFilter(name=name, typed_config=pack(config), disabled=disabled)


def extension(name: str, config: Message) -> TypedExtensionConfig:
    """Any other extension that is named and typed."""
    return TypedExtensionConfig(name=name, typed_config=pack(config))


def transport_socket(name: str, config: Message) -> TransportSocket:
    """A listener's or cluster's transport socket."""
    return TransportSocket(name=name, typed_config=pack(config))


def to_json(message: Message) -> dict[str, Json]:
    """The message as proto3 JSON with the field names of the .proto files, as Envoy's documentation has them.

    betterproto2's snake case spells two field names of Envoy wrong (``consecutive_5xx`` and
    ``enforcing_consecutive_5xx`` of outlier detection); Envoy refuses them at once.
    """
    return message.to_dict(casing=Casing.SNAKE)


def to_json_again(message: Message) -> dict[str, Json]:
    """`to_json` for what is rendered again and again, and mostly the same: one that is known takes no time.

    A reload renders everything, and a listener alone takes 0.2 s of a processor.
    """
    key = (type(message), bytes(message))
    if key not in _dumps:
        _dumps[key] = json.dumps(to_json(message))
        if len(_dumps) > _DUMPS_KEPT:
            _dumps.popitem(last=False)
    _dumps.move_to_end(key)
    found: dict[str, Json] = json.loads(_dumps[key])
    return found
