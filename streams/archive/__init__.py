"""The archive: events, alerts and scores in Parquet files by day, each exactly once, for later questions."""
