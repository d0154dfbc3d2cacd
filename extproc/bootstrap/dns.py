"""How a provider's host name becomes an address."""

from datetime import timedelta

from envoy_data_plane.envoy.config.cluster.v3 import ClusterCustomClusterType
from envoy_data_plane.envoy.extensions.clusters.common.dns.v3 import DnsLookupFamily
from envoy_data_plane.envoy.extensions.clusters.dns.v3 import DnsCluster, DnsClusterRefreshRate
from envoy_data_plane.envoy.extensions.network.dns_resolver.cares.v3 import CaresDnsResolverConfig

from extproc.bootstrap.typed import extension, pack


def by_dns(*, every_address: bool = False) -> ClusterCustomClusterType:
    """Logical DNS: new connections go to the name's newest address, old ones stay.

    `every_address`: strict DNS, where each address of the name is a replica that can be chosen.

    Envoy listens only when each cluster has an address or none can be found. With a name server that does not
    answer, its defaults make that half a minute and more, for the other providers too; these make it 5 s.
    """
    resolver = CaresDnsResolverConfig(query_timeout_seconds=1, query_tries=2)
    return ClusterCustomClusterType(
        name="envoy.clusters.dns",
        typed_config=pack(
            DnsCluster(
                typed_dns_resolver_config=extension("envoy.network.dns_resolver.cares", resolver),
                all_addresses_in_single_endpoint=not every_address,
                # A machine may know IPv6 addresses and have no route to them; IPv6-only names work.
                dns_lookup_family=DnsLookupFamily.V4_PREFERRED,
                respect_dns_ttl=True,
                dns_min_refresh_rate=timedelta(seconds=5),
                # Where the record has no TTL, as in /etc/hosts.
                dns_refresh_rate=timedelta(seconds=60),
                dns_jitter=timedelta(seconds=1),
                dns_failure_refresh_rate=DnsClusterRefreshRate(
                    base_interval=timedelta(seconds=1), max_interval=timedelta(seconds=10)
                ),
            )
        ),
    )
