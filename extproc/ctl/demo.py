"""``planoctl demo``."""


def demo() -> None:
    """Ask a tiny real model through the gateway.

    Serves a small language model, puts the gateway before it, asks it something and shows what happened.
    Everything runs on this machine, in a temporary folder, and is gone afterwards. At a terminal it goes on
    serving until Ctrl-C.
    """
    from extproc.ctl.showcase.stage import check_packages

    check_packages()
    from extproc.ctl.showcase.play import play

    play()
