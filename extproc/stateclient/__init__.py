"""What other processes have of the state service: look-ups with a deadline, events that nobody waits for.

    StateClient    one connection; a method for each call that anybody here needs
    StateSessions  the memory of conversations (`extproc.sessions.store.SessionStore`), kept there
    EventQueue     what is told of exchanges (`extproc.exchange.reports.Reports`), in batches

Whoever uses it must do without it: the service may be gone at any moment.
"""
