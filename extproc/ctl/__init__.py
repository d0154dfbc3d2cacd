"""planoctl: one thin file per command; `gateway` holds what starts, watches and stops the processes."""
