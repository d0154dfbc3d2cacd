"""What planoctl says without anything running."""

import json

import pytest

from extproc import __version__
from extproc.config import templates
from tests.ctl.cli import Cli, config

COMMANDS = ("demo", "init", "validate", "up", "status", "logs", "down", "render")

KEYS = {"OPENAI_API_KEY": "sk-test-value", "ANTHROPIC_API_KEY": "b", "GROQ_API_KEY": "c"}


def test_no_arguments_give_the_help(cli: Cli) -> None:
    result = cli()

    assert 0 == result.code
    assert [] == [command for command in COMMANDS if f"\n  {command} " not in result.out]


def test_the_version(cli: Cli) -> None:
    assert f"planoctl {__version__}\n" == cli("--version").out


@pytest.mark.parametrize("command", [*COMMANDS, "render envoy"])
def test_every_command_has_a_help_that_fits_a_narrow_terminal(cli: Cli, command: str) -> None:
    result = cli.with_environ(COLUMNS="80")(*command.split(), "--help")

    assert 0 == result.code
    assert "" == result.err
    assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments",
    [
        ("upp",),
        ("up", "--nope"),
        ("validate",),
        ("up", "--workers", "0"),
        ("logs", "-n", "x"),
        ("render", "x"),
    ],
)
def test_wrong_usage_ends_with_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)

    assert 2 == result.code
    assert "Traceback" not in result.err


def test_the_help_does_not_wait_for_heavy_imports(cli: Cli) -> None:
    """Pydantic, Envoy's message types and gRPC take a second together."""
    result = cli.with_environ(PYTHONPROFILEIMPORTTIME="1").process("--help")

    loaded = {line.rpartition("|")[2].strip() for line in result.err.splitlines()}
    assert set() == loaded & {"pydantic", "envoy_data_plane", "grpc", "httpx", "msgspec", "openai"}


class TestInit:
    @pytest.mark.parametrize("name", templates.names())
    @pytest.mark.parametrize("clean", [(), ("--clean",)])
    def test_each_template_is_valid_once_its_keys_are_set(
        self, cli: Cli, name: str, clean: tuple[str, ...]
    ) -> None:
        written = cli("init", "--template", name, *clean)
        result = cli.with_environ(**KEYS)("validate", "config.yaml")

        assert (0, 0) == (written.code, result.code), result

    def test_without_a_terminal_the_plainest_is_written(self, cli: Cli) -> None:
        cli("init")

        assert templates.text("openai") == (cli.folder / "config.yaml").read_text()

    def test_the_keys_that_are_needed_are_named(self, cli: Cli) -> None:
        assert "needs OPENAI_API_KEY" in cli("init").out

    def test_a_file_that_exists_is_not_replaced(self, cli: Cli) -> None:
        file = cli.write("config.yaml", "mine")

        result = cli("init")

        assert (1, "mine") == (result.code, file.read_text())
        assert "error: config.yaml exists already\nhint: --force" in result.err

    def test_it_is_with_force(self, cli: Cli) -> None:
        file = cli.write("config.yaml", "mine")

        cli("init", "--force", "-t", "local")

        assert templates.text("local") == file.read_text()

    def test_clean_leaves_the_comments_out(self, cli: Cli) -> None:
        cli("init", "--clean", "-o", "other.yaml")

        assert "#" not in (cli.folder / "other.yaml").read_text()

    def test_an_unknown_template_is_said_plainly(self, cli: Cli) -> None:
        result = cli("init", "-t", "nope")

        assert 1 == result.code
        assert "error: there is no template nope\nhint: there are openai, " in result.err

    def test_the_templates_are_listed(self, cli: Cli) -> None:
        result = cli("init", "--list-templates")

        assert list(templates.names()) == [line.split()[1] for line in result.out.splitlines()]


class TestValidate:
    def test_a_valid_config_is_summed_up(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000, extra=["model_aliases:", "  fast: {target: openai/gpt-4o}"]))

        result = cli.with_environ(**KEYS)("validate", "c.yaml")

        assert (0, "") == (result.code, result.err)
        assert "✓ c.yaml is valid" in result.out
        for words in ("llm model 127.0.0.1:12000", "openai/gpt-4o api.openai.com $OPENAI_API_KEY default"):
            assert words in " ".join(result.out.split())

    def test_every_error_is_told_with_its_line(self, cli: Cli) -> None:
        cli.write("c.yaml", config(0, extra=["nonsense: 1"]))

        result = cli("validate", "c.yaml")

        assert 1 == result.code
        assert {"6", "9", "11"} <= {
            line.split(":")[2] for line in result.err.splitlines() if "c.yaml:" in line
        }
        assert "error: c.yaml cannot be used: 3 problems" in result.err

    def test_a_single_error_is_one_line_and_a_hint(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        lines = cli("validate", "c.yaml").err.splitlines()

        assert ["error", "hint"] == [line.split(":")[0] for line in lines]
        assert "environment variable OPENAI_API_KEY is not set" in lines[0]

    def test_a_key_in_the_dotenv_beside_the_file_counts(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))
        cli.write(".env", "OPENAI_API_KEY=sk-test-value\n")

        assert 0 == cli("validate", "c.yaml").code

    def test_a_broken_dotenv_is_said_plainly(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))
        cli.write(".env", "not an assignment\n")

        result = cli("validate", "c.yaml")

        assert 1 == result.code
        assert ".env:1" in result.err

    def test_no_key_is_ever_printed(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000, key="sk-a-literal-key"))

        result = cli("validate", "c.yaml")

        assert 0 == result.code
        assert "sk-a-literal" not in result.out + result.err

    def test_a_file_that_is_not_there_is_said_plainly(self, cli: Cli) -> None:
        result = cli("validate", "none.yaml")

        assert (1, "error: none.yaml: cannot be read: No such file or directory\n") == (
            result.code,
            result.err,
        )


class TestRender:
    def test_the_bootstrap_is_json_and_needs_no_keys(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        result = cli("render", "envoy", "c.yaml", "-o", "-", "--admin-port", "19901")

        bootstrap = json.loads(result.out)
        assert 19901 == bootstrap["admin"]["address"]["socket_address"]["port_value"]

    def test_it_is_written_to_a_file(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        result = cli("render", "envoy", "c.yaml", "-o", "envoy.json", "--socket", "/s/a", "--socket", "/s/b")

        text = (cli.folder / "envoy.json").read_text()
        sockets = ('"/s/a"', '"/s/b"', '"/s/outbound.sock"')
        assert (0, "", True) == (result.code, result.out, all(socket in text for socket in sockets))

    def test_the_keys_are_written_where_they_are_asked_for(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        result = cli.with_environ(**KEYS)(
            "render", "envoy", "c.yaml", "-o", "envoy.json", "--write-secrets", "--secrets-dir", "keys"
        )

        [key] = (cli.folder / "keys").iterdir()
        assert 0 == result.code
        assert "sk-test-value" in key.read_text()
        assert 0o600 == key.stat().st_mode & 0o777
        assert "sk-test-value" not in (cli.folder / "envoy.json").read_text()

    def test_keys_to_be_written_must_be_there(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        result = cli("render", "envoy", "c.yaml", "-o", "envoy.json", "--write-secrets", "--secrets-dir", "k")

        assert (1, False) == (result.code, (cli.folder / "envoy.json").exists())

    def test_a_folder_that_is_not_there_is_said_plainly(self, cli: Cli) -> None:
        cli.write("c.yaml", config(12000))

        result = cli("render", "envoy", "c.yaml", "-o", "none/envoy.json")

        assert (1, "error: none is no folder\nhint: make it first\n") == (result.code, result.err)


class TestNothingRuns:
    def test_status_says_so_and_ends_with_1(self, cli: Cli) -> None:
        result = cli("status")

        assert (1, "no gateway is running\n") == (result.code, result.out)

    def test_status_says_so_to_programs(self, cli: Cli) -> None:
        result = cli("status", "--json")

        assert (1, {"running": False, "serving": False}) == (result.code, json.loads(result.out))

    def test_down_is_no_error(self, cli: Cli) -> None:
        result = cli("down")

        assert (0, "no gateway is running\n") == (result.code, result.out)

    def test_there_are_no_logs(self, cli: Cli) -> None:
        result = cli("logs")

        assert 1 == result.code
        assert "no gateway was started yet" in result.err

    def test_they_leave_nothing_in_the_home(self, cli: Cli) -> None:
        for command in ("status", "down", "logs"):
            cli(command)

        assert not cli.home.exists()
