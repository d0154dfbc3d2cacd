"""From one set of resources to another: what is named is there, at every step."""

from dataclasses import replace

from extproc.bootstrap.dynamic import Resources
from extproc.bootstrap.transition import transition


def routes(*names: str, text: str = "") -> dict[str, object]:
    """A route configuration; the last of its routes takes every request."""
    listed = [{"name": name, "text": text} for name in (*names, "undecided")]
    return {"name": "l", "virtual_hosts": [{"name": "l", "routes": listed}]}


def names(configuration: dict[str, object]) -> list[str]:
    (host,) = configuration["virtual_hosts"]  # type: ignore[misc]  # a value of ours
    return [route["name"] for route in host["routes"]]


OLD = Resources(
    clusters={"a": {"name": "a", "text": "old"}, "gone": {"name": "gone"}},
    listeners={"l": {"name": "l", "text": "old"}, "gone": {"name": "gone"}},
    routes={"l": routes("decided", "ranked-old"), "gone": routes("decided")},
    filters={("l", "f"): {"text": "old"}, ("gone", "f"): {}},
)
NEW = Resources(
    clusters={"a": {"name": "a", "text": "new"}, "b": {"name": "b"}},
    listeners={"l": {"name": "l", "text": "new"}, "m": {"name": "m"}},
    routes={"l": routes("decided", "ranked-new", text="new"), "m": routes("decided")},
    filters={("l", "f"): {"text": "new"}, ("m", "f"): {}},
)


def test_before_the_workers_change_over_the_new_is_there_beside_the_old() -> None:
    before = transition(OLD, NEW).before

    assert {**NEW.clusters, "gone": {"name": "gone"}} == before.clusters
    assert {"l", "m", "gone"} == set(before.routes)
    assert {**NEW.filters, ("gone", "f"): {}} == before.filters


def test_no_listener_is_there_before_the_workers_know_it() -> None:
    assert OLD.listeners == transition(OLD, NEW).before.listeners


def test_then_the_listeners_are_the_new_ones_and_nothing_else_changes() -> None:
    way = transition(OLD, NEW)

    assert replace(way.before, listeners=NEW.listeners) == way.after


def test_what_was_decided_before_finds_its_route_before_the_one_that_takes_all() -> None:
    merged = transition(OLD, NEW).after.routes["l"]

    assert ["decided", "ranked-new", "ranked-old", "undecided"] == names(merged)
    (host,) = merged["virtual_hosts"]
    assert ["new", "new", "", "new"] == [route["text"] for route in host["routes"]]


def test_at_last_only_the_new_is_there() -> None:
    assert NEW == transition(OLD, NEW).last


def test_a_way_may_begin_where_another_has_not_ended() -> None:
    """Nothing is lost of what the first one kept for its requests."""
    first = transition(OLD, NEW)
    second = transition(first.after, replace(NEW, clusters={"c": {"name": "c"}}))

    assert {"a", "b", "c", "gone"} == set(second.after.clusters)
    assert ["decided", "ranked-new", "ranked-old", "undecided"] == names(second.after.routes["l"])


def test_where_nothing_changes_nothing_is_done() -> None:
    way = transition(NEW, NEW)

    assert (NEW, NEW, NEW) == (way.before, way.after, way.last)
