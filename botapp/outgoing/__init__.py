"""Webhooks to the business's other systems: who subscribes, and the telling. Nothing else ever waits for it."""
