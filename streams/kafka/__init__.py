"""Everything that speaks to a broker: the worker's transport and log, and the operators' clients."""
