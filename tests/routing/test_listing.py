"""The bodies of ``/v1/models``, read by the types of the official SDKs."""

import json

import anthropic.types
import openai.types
import pytest

from extproc.errors import ModelNotFound
from extproc.routing import listing
from extproc.routing.models import ModelTable
from extproc.testing.builders import a_provider, a_snapshot

TABLE = ModelTable(
    a_snapshot(a_provider("openai/gpt-4o"), a_provider("anthropic/claude"), aliases={"q": "gpt-4o"})
)


def test_the_list_in_openais_shape() -> None:
    assert json.loads(listing.models(TABLE, anthropic=False)) == {
        "object": "list",
        "data": [
            {"id": "openai/gpt-4o", "object": "model", "created": 0, "owned_by": "OpenAI"},
            {"id": "anthropic/claude", "object": "model", "created": 0, "owned_by": "Anthropic"},
        ],
    }


def test_the_list_in_anthropics_shape() -> None:
    assert json.loads(listing.models(TABLE, anthropic=True)) == {
        "data": [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "1970-01-01T00:00:00Z",
                "lifecycle": "active",
            }
            for name in ("openai/gpt-4o", "anthropic/claude")
        ],
        "has_more": False,
        "first_id": "openai/gpt-4o",
        "last_id": "anthropic/claude",
    }


def test_an_empty_list_has_no_first_and_no_last() -> None:
    table = ModelTable(a_snapshot(a_provider("ollama/*")))
    expected = {"data": [], "has_more": False, "first_id": None, "last_id": None}

    assert expected == json.loads(listing.models(table, anthropic=True))


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/models/openai/gpt-4o", "openai/gpt-4o"),
        ("/v1/models/openai%2Fgpt-4o", "openai/gpt-4o"),
        ("/v1/models/openai%2fgpt-4o?x=1", "openai/gpt-4o"),
        ("/v1/models/gpt-4o/", "gpt-4o"),
        ("/v1/models/q", "q"),
    ],
)
@pytest.mark.parametrize("anthropic_shape", [False, True])
def test_one_model_is_found_by_its_path(path: str, model: str, anthropic_shape: bool) -> None:
    assert model == json.loads(listing.model(TABLE, path, anthropic_shape))["id"]


@pytest.mark.parametrize("path", ["/v1/models/gpt-5", "/v1/models//", "/v1/models/%2F", "/v1/models/%ff"])
def test_an_unknown_model_is_refused(path: str) -> None:
    with pytest.raises(ModelNotFound):
        listing.model(TABLE, path, anthropic=False)


def test_the_sdks_types_accept_both_shapes() -> None:
    ours = json.loads(listing.model(TABLE, "/v1/models/gpt-4o", anthropic=False))
    theirs = json.loads(listing.model(TABLE, "/v1/models/gpt-4o", anthropic=True))

    assert openai.types.Model.model_validate(ours, strict=True).id == "gpt-4o"
    assert anthropic.types.ModelInfo.model_validate(theirs).id == "gpt-4o"
