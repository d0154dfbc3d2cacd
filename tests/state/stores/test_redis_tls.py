"""Redis over TLS, as Debian builds it: whom we trust, and who may come in."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from extproc.state.store import StoreUnavailable
from extproc.state.stores.address import StoreRefused
from extproc.state.stores.redis import open_redis
from tests.state.stores import debian, servers

CA = trustme.CA()
OTHER_CA = trustme.CA()
CLIENT = CA.issue_cert("plano-state.example")


def started(*options: str) -> servers.Server:
    """One whose certificate is for ``localhost``."""
    try:
        programs = debian.redis()
    except debian.NotToBeHadError as error:
        pytest.skip(str(error))
    certificate = CA.issue_cert("localhost")
    files = {
        "ca.pem": CA.cert_pem.bytes(),
        "cert.pem": b"".join(blob.bytes() for blob in certificate.cert_chain_pems),
        "key.pem": certificate.private_key_pem.bytes(),
    }
    told = ["--port", "0", "--tls-port", "{port}"]
    for option, name in (("ca-cert", "ca"), ("cert", "cert"), ("key", "key")):
        told += [f"--tls-{option}-file", f"{{folder}}/{name}.pem"]
    url = f"rediss://:{quote(servers.PASSWORD, safe='')}@localhost:{{port}}/0"
    return servers.redis_server(
        programs.folder / "redis-server", url, [*told, *options], files, programs.libraries
    )


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Server]:
    server = started("--tls-auth-clients", "no")
    yield server
    server.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the certificates that a client may want."""
    folder = tmp_path_factory.mktemp("certificates")
    CA.cert_pem.write_to_path(folder / "ca.pem")
    OTHER_CA.cert_pem.write_to_path(folder / "other.pem")
    CLIENT.private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    return folder


def kept(url: str) -> bytes | None:
    async def use() -> bytes | None:
        store = await open_redis(url, {})
        try:
            await store.put("k", "", "a", b"1", None)
            return await store.get("k", "", "a")
        finally:
            await store.close()

    return asyncio.run(use())


def with_options(url: str, folder: Path, options: Sequence[str]) -> str:
    return f"{url}?{'&'.join(options)}".replace("FOLDER", str(folder))


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("localhost", ["ssl_ca_certs=FOLDER/ca.pem"]),
        ("127.0.0.1", ["ssl_ca_certs=FOLDER/ca.pem", "ssl_check_hostname=false"]),
        ("127.0.0.1", ["ssl_cert_reqs=none", "ssl_check_hostname=false"]),
    ],
    ids=["authority", "authority, any name", "anybody"],
)
def test_who_is_trusted_is_written_to(
    server: servers.Server, folder: Path, host: str, options: list[str]
) -> None:
    assert b"1" == kept(with_options(server.url.replace("localhost", host), folder, options))


@pytest.mark.parametrize(
    ("host", "options", "said"),
    [
        ("localhost", ["ssl_ca_certs=FOLDER/other.pem"], "CERTIFICATE_VERIFY_FAILED"),
        ("localhost", [], "CERTIFICATE_VERIFY_FAILED"),
        ("127.0.0.1", ["ssl_ca_certs=FOLDER/ca.pem"], "IP address mismatch"),
    ],
    ids=["another authority", "no authority", "another name"],
)
def test_who_is_not_trusted_is_not_even_told_the_password(
    server: servers.Server, folder: Path, host: str, options: list[str], said: str
) -> None:
    """Refused for good: to wait does not make a certificate better."""
    with pytest.raises(StoreRefused, match=said):
        kept(with_options(server.url.replace("localhost", host), folder, options))


def test_a_url_without_tls_does_not_reach_a_server_with_it(server: servers.Server) -> None:
    with pytest.raises(StoreUnavailable):
        kept(server.url.replace("rediss://", "redis://"))


def test_a_server_may_want_a_certificate_of_ours(folder: Path) -> None:
    """And lets in nobody else."""
    server = started("--tls-auth-clients", "yes")
    ours = ["ssl_ca_certs=FOLDER/ca.pem", "ssl_certfile=FOLDER/client.pem", "ssl_keyfile=FOLDER/client.pem"]

    assert b"1" == kept(with_options(server.url, folder, ours))
    with pytest.raises(StoreUnavailable):
        kept(with_options(server.url, folder, ours[:1]))

    server.end()
