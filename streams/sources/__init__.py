"""Where events come from when no publisher is at hand: files, or real orders and what a rule makes of them.

Every source is an iterable of `Record` in event-time order; `streams.publish.publish` sends any of them.
"""
