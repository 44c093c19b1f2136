"""One file per input topic. The folder is the registry: `schemas.registry` walks it, nobody keeps a list.

A file defines `TOPIC`, its event classes and `Event`, the union of them. A new type is a new class in the
union; a new version of a type is a new class beside the old one.
"""
