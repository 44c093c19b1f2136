"""Series: what customers' events add up to in every span of time, and what is unusual about it."""
