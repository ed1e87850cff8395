"""The way to the authority: deliveries, their leases, intents and answers, and its lists."""
