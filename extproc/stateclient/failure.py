"""What can go wrong with a call."""


class StateUnavailable(Exception):
    """The service, or its store, cannot be reached or did not answer in time; `str()` for people."""


class EntryTooLarge(ValueError):
    """The service will never keep such an entry; `str()` says why."""
