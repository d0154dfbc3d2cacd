"""PostgreSQL over TLS, as Debian builds it: whom we trust, and who may come in."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from extproc.state.stores.address import StoreRefused
from extproc.state.stores.postgres import open_postgres
from tests.state.stores import debian, servers

CA = trustme.CA()
OTHER_CA = trustme.CA()
CLIENT = CA.issue_cert("plano-state.example", common_name="plano")


def started(rule: str) -> servers.Server:
    """One whose certificate is for ``localhost``, and that lets in whom `rule` names (pg_hba.conf)."""
    try:
        programs = debian.postgres()
    except debian.NotToBeHadError as error:
        pytest.skip(str(error))
    certificate = CA.issue_cert("localhost")
    files = {
        "ca.pem": CA.cert_pem.bytes(),
        "cert.pem": b"".join(blob.bytes() for blob in certificate.cert_chain_pems),
        "key.pem": certificate.private_key_pem.bytes(),
        "hba.conf": f"hostssl all all all {rule}\n".encode(),
    }
    options = {
        "ssl": "on",
        "ssl_ca_file": "{folder}/ca.pem",
        "ssl_cert_file": "{folder}/cert.pem",
        "ssl_key_file": "{folder}/key.pem",
        "hba_file": "{folder}/hba.conf",
    }
    url = f"postgresql://plano:{quote(servers.PASSWORD, safe='')}@localhost:{{port}}/postgres"
    return servers.postgres_server(programs.folder, url, options, files, programs.libraries)


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Server]:
    server = started("scram-sha-256")
    yield server
    server.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the certificates that a client may want."""
    folder = tmp_path_factory.mktemp("certificates")
    CA.cert_pem.write_to_path(folder / "ca.pem")
    OTHER_CA.cert_pem.write_to_path(folder / "other.pem")
    CLIENT.private_key_pem.write_to_path(folder / "client.key")
    CLIENT.cert_chain_pems[0].write_to_path(folder / "client.pem")
    return folder


def kept(url: str) -> bytes | None:
    async def use() -> bytes | None:
        store = await open_postgres(url, {})
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
        ("localhost", ["sslmode=verify-full", "sslrootcert=FOLDER/ca.pem"]),
        ("127.0.0.1", ["sslmode=verify-ca", "sslrootcert=FOLDER/ca.pem"]),
        ("127.0.0.1", ["sslmode=require"]),
        ("127.0.0.1", []),
    ],
    ids=["verify-full", "verify-ca, any name", "require", "nothing said"],
)
def test_who_is_trusted_is_written_to(
    server: servers.Server, folder: Path, host: str, options: list[str]
) -> None:
    """Who says nothing encrypts where the server can, and trusts anybody: that is libpq's ``prefer``."""
    assert b"1" == kept(with_options(server.url.replace("localhost", host), folder, options))


@pytest.mark.parametrize(
    ("host", "options", "said"),
    [
        (
            "localhost",
            ["sslmode=verify-full", "sslrootcert=FOLDER/other.pem"],
            "CERTIFICATE_VERIFY_FAILED",
        ),
        ("127.0.0.1", ["sslmode=verify-full", "sslrootcert=FOLDER/ca.pem"], "IP address mismatch"),
        ("127.0.0.1", ["sslmode=verify-ca", "sslrootcert=FOLDER/other.pem"], "CERTIFICATE_VERIFY_FAILED"),
        ("localhost", ["sslmode=disable"], "no encryption"),
    ],
    ids=["another authority", "another name", "another authority, any name", "no TLS"],
)
def test_who_is_not_trusted_is_refused_for_good(
    server: servers.Server, folder: Path, host: str, options: list[str], said: str
) -> None:
    with pytest.raises(StoreRefused, match=said):
        kept(with_options(server.url.replace("localhost", host), folder, options))


def test_a_certificate_of_ours_may_stand_for_the_password(folder: Path) -> None:
    """The server lets in whom it names, and nobody else."""
    server = started("cert")
    url = server.url.replace(f":{quote(servers.PASSWORD, safe='')}@", "@")
    checked = ["sslmode=verify-full", "sslrootcert=FOLDER/ca.pem"]
    ours = ["sslcert=FOLDER/client.pem", "sslkey=FOLDER/client.key"]

    assert b"1" == kept(with_options(url, folder, [*checked, *ours]))
    with pytest.raises(StoreRefused, match="requires a valid client certificate"):
        kept(with_options(url, folder, checked))

    server.end()
