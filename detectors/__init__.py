"""What is unusual: River and statistics. Pure: no Kafka, no clock, no network, no files."""
