"""What is said: rules, policy, rendering. Pure but for `alerts.channels`."""
