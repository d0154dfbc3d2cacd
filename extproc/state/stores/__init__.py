"""The back ends of the service, each a `extproc.state.store.Store`; `opening` has the table of them."""
