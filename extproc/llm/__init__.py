"""The provider-neutral middle: what a request, an answer and a stream of an LLM say, whatever API says it.

Every dialect (`extproc.dialects`) reads its API into these values and writes them out again, so that N APIs
need 2·N translators and not N². All are plain values; nothing here parses or prints.
"""
