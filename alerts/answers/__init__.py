"""What standing questions are answered, in words. What was found comes as plain values."""
