"""Use cases of the conversation: receive what people write, answer it, keep track of receipts."""
