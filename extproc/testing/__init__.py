"""For tests of a gateway, and of what is built on it: real processes, and stand-ins as strict as they are.

- `gateway.Gateway`: real Envoy and plano-extproc on free ports, for one config
- `upstream.Upstream`: a scripted provider that refuses what a real one would; `answers` are what it says
- `fake_envoy.FakeEnvoy`: Envoy's side of one ext_proc stream, without a process; `fake_answers`: its way back
- `said`: what a model says, and how a provider of each API tells it
- `builders`: snapshots and their parts in a line each
- `golden`, `provider_golden`: what becomes of requests and answers, as files beside each other
"""
