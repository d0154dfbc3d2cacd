"""How entries lie in Valkey or Redis: the names of keys, and the scripts that change them.

    plano:1:{KIND}:entry:TENANT/KEY   hash of `value` and `at`; has the entry's time to live
    plano:1:{KIND}:order              sorted set of all TENANT/KEY, the one written longest ago first
    plano:1:{KIND}:order:TENANT       the same of one tenant
    plano:1:{KIND}:expiry             sorted set of those with a time to live, by its end (ms of Unix time)
    plano:1:{KIND}:sizes              hash of the bytes of each TENANT/KEY, of their sum (`bytes`), and of the
                                      number of writes (`written`), which gives the order

KIND and TENANT are percent-encoded, so that a slash ends the tenant and a brace the kind. All of a kind is in
one slot of a cluster (the hash tag), and each write is one script: it happens whole or not at all, and the
server's clock alone counts. An entry that expires is gone by the server's own doing; its name stays in the
other keys until a script comes by. ``1`` is the version of the layout.
"""

from typing import Final
from urllib.parse import quote, unquote


class Layout:
    """The keys of one kind."""

    def __init__(self, kind: str) -> None:
        prefix = f"plano:1:{{{_encoded(kind)}}}:"
        self.entries = f"{prefix}entry:"
        self.order = f"{prefix}order"
        self._expiry = f"{prefix}expiry"
        self._sizes = f"{prefix}sizes"

    def entry(self, tenant: str, key: str) -> str:
        """The key of an entry."""
        return self.entries + member(tenant, key)

    def order_of(self, tenant: str | None) -> str:
        """The key of the order; ``None``: of all tenants."""
        return self.order if tenant is None else f"{self.order}:{_encoded(tenant)}"

    def keys(self, tenant: str, key: str) -> list[str]:
        """``KEYS`` of the scripts."""
        return [self.entry(tenant, key), self.order, self.order_of(tenant), self._expiry, self._sizes]


def member(tenant: str, key: str) -> str:
    """What stands for an entry in the keys of its kind."""
    return f"{_encoded(tenant)}/{key}"


def named(found: bytes) -> tuple[str, str]:
    """Tenant and key of a `member`."""
    tenant, _, key = found.decode().partition("/")
    return unquote(tenant), key


def _encoded(name: str) -> str:
    return quote(name, safe="")


_FORGET: Final = """
local entry, order, order_of_tenant, expiry, sizes = unpack(KEYS)
local entries, member = ARGV[1], ARGV[2]

local function forget(name)
    redis.call('UNLINK', entries .. name)
    redis.call('ZREM', order, name)
    redis.call('ZREM', order .. ':' .. string.match(name, '^[^/]*'), name)
    redis.call('ZREM', expiry, name)
    local size = redis.call('HGET', sizes, name)
    if size then
        redis.call('HDEL', sizes, name)
        redis.call('HINCRBY', sizes, 'bytes', -size)
    end
end
"""

# Nothing is written before it is known whether there is memory for it: `HINCRBY` comes first of those that
# the server refuses when it has none (`UNLINK` and its like are always allowed).
PUT: Final = (
    _FORGET
    + """
local value, ttl_ms, entries_max, bytes_max = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local if_absent, steps_max = ARGV[7] == '1', tonumber(ARGV[8])

if if_absent and redis.call('EXISTS', entry) == 1 then
    return 0
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local place = redis.call('HINCRBY', sizes, 'written', 1)
forget(member)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', now_ms, 'LIMIT', 0, steps_max)) do
    forget(name)
end

redis.call('HSET', entry, 'value', value, 'at', string.format('%d.%06d', time[1], time[2]))
if ttl_ms ~= '' then
    redis.call('PEXPIRE', entry, ttl_ms)
    redis.call('ZADD', expiry, now_ms + ttl_ms, member)
end
redis.call('ZADD', order, place, member)
redis.call('ZADD', order_of_tenant, place, member)
redis.call('HSET', sizes, member, #value)
local bytes = redis.call('HINCRBY', sizes, 'bytes', #value)

local entries_now = redis.call('ZCARD', order)
for _ = 1, steps_max do
    if entries_now <= 1 or (entries_now <= entries_max and bytes <= bytes_max) then
        break
    end
    forget(redis.call('ZRANGE', order, 0, 0)[1])
    entries_now = redis.call('ZCARD', order)
    bytes = tonumber(redis.call('HGET', sizes, 'bytes'))
end
return 1
"""
)
"""Keeps `ARGV[3]`; 0: there is an entry, and it was wanted only if there was none."""

DELETE: Final = (
    _FORGET
    + """
local there = redis.call('EXISTS', entry)
forget(member)
return there
"""
)
"""1: there was an entry."""
