"""From a file: what is read beside it, what is asked of the environment, and what is never shown."""

from pathlib import Path

import pytest

from extproc.config.load import ConfigError, Problem, environment, load, loads
from extproc.config.secret import SecretRef
from extproc.config.snapshot import CostSource
from extproc.limits import CONFIG_BYTES_MAX
from tests.config.reading import (
    ENVIRON,
    LISTENER,
    PLAIN,
    errors,
    plus,
    warnings,
    with_listeners,
    with_providers,
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(PLAIN)
    return path


def failure(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, ENVIRON)
    return str(caught.value)


def test_a_file_becomes_a_snapshot(config: Path) -> None:
    """With nothing to say about it."""
    loaded = load(config, ENVIRON)

    assert ["openai/gpt-4o"] == [provider.name for provider in loaded.snapshot.providers]
    assert () == loaded.warnings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty (`planoctl init` writes one to start from)"),
        (b"\xef\xbb\xbf", "is empty (`planoctl init` writes one to start from)"),
        (b"a: 1\nb: \xff\n", ":2: is not UTF-8 text (save the file as UTF-8)"),
        (b"\xff\xfea\x00", ":1: is not UTF-8 text (save the file as UTF-8)"),
        (b"#" * (CONFIG_BYTES_MAX + 1), "is larger than 4 MiB"),
        (b"- a", ":1: the top level must be a mapping (key: value lines)"),
    ],
)
def test_a_file_that_is_no_config_is_refused(config: Path, content: bytes, message: str) -> None:
    """In one line, with the file's name."""
    config.write_bytes(content)

    assert f"{config}{message if message[0] == ':' else ': ' + message}" == failure(config)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, a directory, or no name at all."""
    missing = tmp_path / "none.yaml"

    assert f"{missing}: cannot be read: No such file or directory" == failure(missing)
    assert f"{tmp_path}: cannot be read: Is a directory" == failure(tmp_path)
    assert "is not a file name" in failure(Path("a\0b"))


def test_a_byte_order_mark_is_no_part_of_the_config(config: Path) -> None:
    """Windows editors write one."""
    config.write_bytes(b"\xef\xbb\xbf" + PLAIN.encode())

    assert load(config, ENVIRON)


def test_a_dotenv_beside_the_config_is_read(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Plano does, but not instead of the shell."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (config.parent / ".env").write_text(
        "# keys\nOPENAI_API_KEY='from dotenv'\nexport OTHER=1\nEMPTY=\nBARE\n"
    )

    assert load(config)
    found = environment(config)
    assert ("from dotenv", "1", "") == (found["OPENAI_API_KEY"], found["OTHER"], found["EMPTY"])
    assert "BARE" not in found


def test_the_shell_wins_over_the_dotenv(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plano forgets the shell where there is a ``.env``."""
    monkeypatch.setenv("OPENAI_API_KEY", "from shell")
    (config.parent / ".env").write_text("OPENAI_API_KEY=from dotenv\n")

    assert "from shell" == environment(config)["OPENAI_API_KEY"]


def test_a_given_environment_takes_the_place_of_the_shell(config: Path) -> None:
    """`environment` still puts it over the ``.env``; `load` takes it as it is."""
    (config.parent / ".env").write_text("OPENAI_API_KEY=a\nOTHER=b\n")

    assert {"OPENAI_API_KEY": "c", "OTHER": "b"} == environment(config, {"OPENAI_API_KEY": "c"})
    with pytest.raises(ConfigError):
        load(config, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A=1\nthis is no assignment\n", ":2: is not a line such as NAME=value"),
        (b"A=\xff", ":1: is not UTF-8 text (save the file as UTF-8)"),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_named(config: Path, content: bytes, message: str) -> None:
    """python-dotenv would skip the line and log it."""
    dotenv = config.parent / ".env"
    dotenv.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        environment(config, {})

    assert f"{dotenv}{message}" == str(caught.value)


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}, {"OPENAI_API_KEY": "  "}])
def test_a_missing_key_is_named(environ: dict[str, str]) -> None:
    """Set to nothing is not set."""
    message = "environment variable OPENAI_API_KEY is not set (export it, or set it in .env)"

    assert [f"3: model_providers[0].access_key: {message}"] == errors(PLAIN, environ)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    """With its whole path."""
    text = with_providers("- {model: openai/a, access_key: file:keys/openai}")
    with pytest.raises(ConfigError) as caught:
        loads(text, {}, directory=tmp_path)

    expected = f"secret file {tmp_path}/keys/openai cannot be read: No such file or directory"
    assert [expected] == [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("section", "path"),
    [
        (
            "tracing: {exporters: [{type: posthog, url: http://x, api_key: $NONE}]}",
            "tracing.exporters[0].api_key",
        ),
        ("state_storage: {type: redis, url: 'redis://:$NONE@h'}", "state_storage.url"),
        (
            "state_storage: {type: postgres, connection_string: 'postgresql://$OPENAI_API_KEY:$NONE@h'}",
            "state_storage.connection_string",
        ),
        ("routing: {session_cache: {type: redis, url: $NONE}}", "routing.session_cache.url"),
        (
            (
                "prompt_targets: [{name: a, description: d, endpoint: {name: e, path: /,"
                " http_headers: {authorization: Bearer $NONE}}}]\nendpoints: {e: {endpoint: h}}"
            ),
            "prompt_targets[0].endpoint.http_headers.authorization",
        ),
    ],
)
def test_every_secret_of_a_config_must_be_there(section: str, path: str) -> None:
    """Also those of what is not served yet: they are what the config says."""
    message = "environment variable NONE is not set (export it, or set it in .env)"

    assert [f"4: {path}: {message}"] == errors(plus(section))


def test_a_worker_needs_no_secret() -> None:
    """Neither keys nor certificate files: only Envoy has them."""
    text = (
        f"version: v0.4.0\n{LISTENER.replace('port: 12000', 'port: 12000, tls: {cert: none, key: none}')}"
        "model_providers: [{model: openai/a, access_key: $NONE, headers: {a: file:/none}}]\n"
        "overrides: {upstream_tls_ca_path: none}\n"
    )
    provider = loads(text, {}, require_secrets=False).snapshot.providers[0]

    assert SecretRef("env", "NONE") == provider.upstream.credential


def test_a_secret_must_be_written_right_even_for_a_worker() -> None:
    """A broken reference is broken for everybody."""
    text = with_providers("- {model: openai/a, access_key: '${NONE'}")

    message = "has a ${ that names no variable (write ${NAME}, or $$ for a dollar sign)"
    assert [f"4: model_providers[0].access_key: {message}"] == errors(text, {}, require_secrets=False)


@pytest.mark.parametrize("require_secrets", [True, False])
@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("model: ollama/a, base_url: 'http://$NONE:80'", "base_url"),
        ("model: ollama/$NONE, base_url: http://h", "model"),
        ("model: ollama/a, base_url: http://h, http_host: $NONE", "http_host"),
        ("model: ollama/a, base_url: http://h, default: $NONE", "default"),
    ],
)
def test_a_variable_in_another_value_must_be_set_for_everybody(
    entry: str, path: str, require_secrets: bool
) -> None:
    """A worker that did not know the model's name would route otherwise than Envoy's config says."""
    text = with_providers(f"- {{{entry}, access_key: k}}")
    message = "environment variable NONE is not set (export it, or set it in .env)"

    assert [f"4: model_providers[0].{path}: {message}"] == errors(text, {}, require_secrets=require_secrets)


def test_variables_may_stand_for_text_numbers_and_booleans() -> None:
    """Plano's ``envsubst`` worked on the whole file."""
    environ = {"PORT": "8080", "HOST": "h", "MODEL": "m", "YES": "true", "KEY": "k", "N": "3"}
    text = """\
        version: v0.4.0
        listeners: [{name: $HOST, type: model, address: 127.0.0.1, port: $PORT, max_retries: "${N}"}]
        model_providers:
          - {model: "ollama/$MODEL", base_url: "http://${HOST}:$PORT/v1", default: $YES, access_key: $KEY}
    """
    loaded = loads(text, environ)
    listener, provider = loaded.snapshot.listeners[0], loaded.snapshot.providers[0]

    assert ("h", 8080, 3) == (listener.name, listener.port, listener.max_retries)
    assert ("m", "h", 8080, True) == (
        provider.model,
        provider.upstream.host,
        provider.upstream.port,
        provider.default,
    )


def test_the_variables_of_a_config_are_known_by_what_they_hold() -> None:
    """Who starts the workers hands them the first kind alone."""
    environ = {"HOST": "h", "KEY": "k", "TOKEN": "t"}
    text = with_providers(
        "- {model: ollama/a, base_url: 'http://$HOST', access_key: $KEY, headers: {a: x$TOKEN}}"
    )
    loaded = loads(text, environ)

    assert ({"HOST"}, {"KEY", "TOKEN"}) == (loaded.variables, loaded.secret_variables)


@pytest.mark.parametrize("value", ["eighty", "80.5", "-", ""])
def test_a_variable_that_is_no_number_where_one_is_needed(value: str) -> None:
    """The path says which key; the value is not shown."""
    text = with_listeners("- {name: a, type: model, address: 127.0.0.1, port: $P}")
    found = errors(text, {**ENVIRON, "P": value})

    assert 1 == len(found)
    assert found[0].startswith("4: listeners[0].port: ")


def test_prose_and_settings_keep_their_dollars() -> None:
    """They are for people, models and filters."""
    text = with_listeners(
        "- {name: a, type: agent, port: 1, agents: [{id: a, description: costs $HOME, examples: [$X]}]}",
        """
        agents: [{id: a, url: http://x}]
        filters: [{id: f, type: pii, settings: {pattern: ^$x}}]
        system_prompt: be $nice
        """,
    )

    assert "costs $HOME" == loads(text, ENVIRON).snapshot.listeners[0].agents[0].description


def test_files_of_tls_must_be_there(tmp_path: Path) -> None:
    """Envoy would not start, and would say so less clearly."""
    text = with_listeners("- {name: a, type: model, tls: {cert: c.pem, key: k.pem, client_ca: ca.pem}}")
    (tmp_path / "c.pem").touch()
    with pytest.raises(ConfigError) as caught:
        loads(text + "overrides: {upstream_tls_ca_path: /none.pem}\n", ENVIRON, file="c", directory=tmp_path)

    assert [
        f"c:4: listeners[0].tls.key: there is no file {tmp_path}/k.pem",
        f"c:4: listeners[0].tls.client_ca: there is no file {tmp_path}/ca.pem",
        "c:5: overrides.upstream_tls_ca_path: there is no file /none.pem",
    ] == [str(problem) for problem in caught.value.problems]


def test_tls_with_a_client_ca_needs_no_loud_warning(tmp_path: Path) -> None:
    """Callers have certificates; plain TLS is not enough."""
    for name in ("c", "k", "ca"):
        (tmp_path / name).touch()
    with_ca = with_listeners("- {name: a, type: model, tls: {cert: c, key: k, client_ca: ca}}")
    without = with_ca.replace(", client_ca: ca", "")

    assert () == loads(with_ca, ENVIRON, directory=tmp_path).warnings
    assert 1 == len(loads(without, ENVIRON, directory=tmp_path).warnings)


SECRET = "sk-do-not-show"


@pytest.mark.parametrize(
    "entries",
    [
        f"- {{model: openai/a, access_key: [{SECRET}]}}",
        f"- {{model: openai/a, access_key: {{{SECRET}: 1}}}}",
        f"- {{model: openai/a, access_key: '{SECRET}$A$B'}}",
        f"- {{model: openai/a, access_key: Bearer {SECRET}}}",
        f'- {{model: openai/a, access_key: "{SECRET}\\nx"}}',
        f"- {{model: openai/a, acces_key: {SECRET}}}",
        f"- {{model: openai/a, access_key: {SECRET}, headers: {{authorization: [{SECRET}]}}}}",
        f"- {{model: openai/a, access_key: k, base_url: 'http://u:{SECRET}@h'}}",
        f"- {{model: openai/a, access_key: k, base_url: 'http://h?key={SECRET}'}}",
        f"- {{model: openai/a, access_key: k, provider_interface: {SECRET}}}",
        f"- {{model: openai/a, access_key: k, default: {SECRET}}}",
        f"- {SECRET}",
        f"- {{model: {SECRET}}}",
        f"- {{model: openai/a, access_key: {SECRET}, x: [}}",
    ],
)
def test_no_error_shows_a_value(entries: str) -> None:
    """It may be a secret, wherever it stands. (Plano printed the whole entry.)"""
    text = with_providers(entries)
    with pytest.raises(ConfigError) as caught:
        loads(text, {})

    assert SECRET not in f"{caught.value}{caught.value!r}{caught.value.__context__!r}"


def test_a_problem_is_a_line_for_people() -> None:
    """File, line, path, sentence, hint; what is not known is left out."""
    problem = Problem("a.b", "is wrong", 3, "mend it", file="c.yaml")

    assert "c.yaml:3: a.b: is wrong (mend it)" == str(problem)
    assert "is wrong" == str(Problem("", "is wrong"))


def test_a_warning_has_its_file_and_line(config: Path) -> None:
    """As an error has."""
    config.write_text(PLAIN + "mode: llm\n")

    assert [f"{config}:4: mode: has no effect"] == [str(item) for item in load(config, ENVIRON).warnings]
    assert ["4: mode: has no effect"] == warnings(PLAIN + "mode: llm\n")


def test_paths_of_a_copy_start_where_the_original_was(tmp_path: Path) -> None:
    """Workers read a copy of the config that stands in a folder of their own."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    for folder in (original, copy):
        folder.mkdir()
    (original / "prices.json").write_text("{}")
    source = "model_metrics_sources: [{type: cost, provider: models.dev, url: prices.json}]"
    (copy / "config.yaml").write_text(plus(source))
    (found,) = load(
        copy / "config.yaml", {**ENVIRON, "PLANO_CONFIG_DIR": str(original)}
    ).snapshot.metrics_sources

    assert isinstance(found, CostSource)
    assert str(original / "prices.json") == found.location
