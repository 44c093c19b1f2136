"""What is bought together: kept by every partition until its day is over, then counted and judged once."""
