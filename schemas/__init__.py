"""What may travel: events in, alerts out. Nothing here but pydantic models and what decodes them."""
