"""Rules by time. The folder is the registry: one file per rule, found by its `NAME`.

A rule over the timeline of one order or ticket offers

* `NAME`, `ENTITY` (the kind of entity), `Settings` (a pydantic model with `enabled`),
* `episodes(events, settings) -> list[Episode]`, a pure function of the set of events known,
* `settled(events) -> list[Known]`, what must be remembered when all of it is over,
* `alert(state, ...)`, which puts one episode into words.

A rule fed by a detector of the product stage has the same names, without `episodes`.
"""
