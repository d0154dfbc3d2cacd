"""Rules for Amazon Bedrock: a key as everyone's, or requests signed for AWS."""

from typing import Final

from extproc.config import urls
from extproc.config.models.providers import AwsConfig, ProviderConfig
from extproc.config.problems import KeyPath, Report
from extproc.config.profiles import profile_of
from extproc.config.view import Placed, View
from extproc.dialects.api import Api


def for_bedrock_alone(view: View, report: Report) -> None:
    """No other provider reads AWS's signatures."""
    for item in view.providers:
        known = profile_of(item.value)
        if item.value.aws is not None and known is not None and Api.CONVERSE not in known.apis:
            report.error((*item.path, "aws"), f"is not for {known.id}", "only amazon_bedrock knows it")


def one_credential(view: View, report: Report) -> None:
    """A request is signed, or carries a key, or the client's: one of them."""
    for item in view.providers:
        if item.value.aws is None:
            continue
        for key in ("access_key", "passthrough_auth"):
            if getattr(item.value, key):
                report.error((*item.path, key), "stands beside aws, which signs requests", "keep one")
        _no_header_of_the_signature(item, report)


def _no_header_of_the_signature(item: Placed[ProviderConfig], report: Report) -> None:
    for name in item.value.headers:
        if name.lower() == "authorization" or name.lower().startswith("x-amz-"):
            report.error((*item.path, "headers", name), "cannot be set: the signature for AWS does")


def whole_keys(view: View, report: Report) -> None:
    """Half a key would let Envoy look for another one, of somebody else perhaps."""
    for item in view.providers:
        if item.value.aws is not None:
            _whole(item.value.aws, (*item.path, "aws"), report)


def _whole(aws: AwsConfig, path: KeyPath, report: Report) -> None:
    written = [name for name in ("access_key_id", "secret_access_key") if getattr(aws, name) is not None]
    match written:
        case [only]:
            missing = "secret_access_key" if only == "access_key_id" else "access_key_id"
            report.error((*path, missing), f"is required with {only}")
        case [] if aws.session_token is not None:
            report.error((*path, "session_token"), "needs access_key_id and secret_access_key")
        case [_, _] if aws.profile is not None:
            report.error((*path, "profile"), "stands beside access_key_id", "keep one")


def spoken_to_by_converse(view: View, report: Report) -> None:
    """Bedrock's OpenAI-compatible API has the same host and another path."""
    for item in view.providers:
        known = profile_of(item.value)
        if item.value.base_url is None or known is None or Api.CONVERSE not in known.apis:
            continue
        if urls.parse(item.value.base_url).path.endswith("/openai/v1"):
            message = "is Bedrock's OpenAI-compatible API, and amazon_bedrock speaks Converse"
            hint = "leave the path out, or use a prefix of your own with provider_interface: openai"
            report.warn((*item.path, "base_url"), message, hint)


RULES: Final = (for_bedrock_alone, one_credential, whole_keys, spoken_to_by_converse)
