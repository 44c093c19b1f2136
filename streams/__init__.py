"""How it runs: the engine, the Faust worker, topics, sources, commands, settings."""
