"""AI routing for a service mesh: an Envoy external-processing (ext_proc) sidecar."""

__version__ = "0.1.0"
