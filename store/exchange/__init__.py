"""Traces as files of JSON lines; `docs/trace-format.md` describes them."""
