"""Churn in the customer stage: what a row keeps for it, and what happens at the close of a day."""
