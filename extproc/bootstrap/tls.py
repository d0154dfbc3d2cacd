"""TLS on both sides: with the listener's certificate for clients, against a CA bundle for providers."""

import ipaddress
from typing import Final

from envoy_data_plane.envoy.config.core.v3 import DataSource, TransportSocket
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import (
    CertificateValidationContext,
    CommonTlsContext,
    DownstreamTlsContext,
    SubjectAltNameMatcher,
    SubjectAltNameMatcherSanType,
    TlsCertificate,
    TlsParameters,
    TlsParametersTlsProtocol,
    UpstreamTlsContext,
)
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher

from extproc.bootstrap.typed import transport_socket
from extproc.config.snapshot import DownstreamTls

SOCKET: Final = "envoy.transport_sockets.tls"


def downstream(tls: DownstreamTls) -> TransportSocket:
    """The listener's side: TLS, and with a client CA mutual TLS."""
    certificate = TlsCertificate(certificate_chain=_file(tls.cert), private_key=_file(tls.key))
    return transport_socket(
        SOCKET,
        DownstreamTlsContext(
            require_client_certificate=True if tls.client_ca else None,
            common_tls_context=CommonTlsContext(
                tls_params=_versions(),
                alpn_protocols=["h2", "http/1.1"],
                tls_certificates=[certificate],
                validation_context=_trusting(tls.client_ca) if tls.client_ca else None,
            ),
        ),
    )


def upstream(name: str, ca_path: str) -> TransportSocket:
    """The provider's side: `name` is asked for (SNI) and must stand in the certificate.

    The name is written out: ``auto_host_sni`` would take the endpoint's, which may have a port. An IP address
    is no SNI (RFC 6066 §3), and is looked for among the certificate's addresses.
    """
    address = is_ip(name)
    validation = _trusting(ca_path)
    if address:
        validation.match_typed_subject_alt_names = [
            SubjectAltNameMatcher(
                san_type=SubjectAltNameMatcherSanType.IP_ADDRESS, matcher=StringMatcher(exact=name)
            )
        ]
    return transport_socket(
        SOCKET,
        UpstreamTlsContext(
            sni="" if address else name,
            auto_sni_san_validation=not address,
            common_tls_context=CommonTlsContext(
                tls_params=_versions(), alpn_protocols=["http/1.1"], validation_context=validation
            ),
        ),
    )


def is_ip(host: str) -> bool:
    """Whether `host` is an address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _trusting(ca_path: str) -> CertificateValidationContext:
    return CertificateValidationContext(trusted_ca=_file(ca_path))


def _versions() -> TlsParameters:
    return TlsParameters(
        tls_minimum_protocol_version=TlsParametersTlsProtocol.TLSv1_2,
        tls_maximum_protocol_version=TlsParametersTlsProtocol.TLSv1_3,
    )


def _file(path: str) -> DataSource:
    return DataSource(filename=path)
