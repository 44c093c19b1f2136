"""Who is slipping away: order histories, features, the online model, its examples and its watch.

Pure: time is an argument (integer milliseconds since 1970 UTC), and state is plain dicts and lists that JSON
can carry. `docs/churn.md` tells the method and the figures.
"""
