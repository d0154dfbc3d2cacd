"""Header mutations as Envoy's header_mutation filters take them, early, downstream and upstream."""

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation, HeaderMutationRemoveOnMatch
from envoy_data_plane.envoy.config.core.v3 import (
    HeaderValue,
    HeaderValueOption,
    HeaderValueOptionHeaderAppendAction,
)
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher


def remove(name: str) -> HeaderMutation:
    """Remove every header of this name."""
    return HeaderMutation(remove=name)


def remove_prefix(prefix: str) -> HeaderMutation:
    """Remove every header whose name begins so."""
    return HeaderMutation(
        remove_on_match=HeaderMutationRemoveOnMatch(key_matcher=StringMatcher(prefix=prefix))
    )


def overwriting(name: str, value: str) -> HeaderValueOption:
    """`value` instead of what was there; where it comes out empty, the header is left as it was."""
    return HeaderValueOption(
        header=HeaderValue(key=name, value=value),
        append_action=HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    )


def overwrite(name: str, value: str) -> HeaderMutation:
    """`overwriting` as a mutation."""
    return HeaderMutation(append=overwriting(name, value))


def add_if_absent(name: str, value: str) -> HeaderMutation:
    """`value` where the header is missing."""
    return HeaderMutation(
        append=HeaderValueOption(
            header=HeaderValue(key=name, value=value),
            append_action=HeaderValueOptionHeaderAppendAction.ADD_IF_ABSENT,
        )
    )
