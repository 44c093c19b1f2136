"""What is bought together: exact counts, running windows, significance, and what changed.

    baskets -> counts -> window -> relevant -> (change)

Pure: days are integers, and state is plain dicts and lists that JSON can carry. `docs/pairs.md` tells the
method and the figures.
"""
