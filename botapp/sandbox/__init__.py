"""A platform emulator over real HTTP with the platform's own rules, and a chat page to play the customer.

Law of this folder: it is an independent judge. It imports nothing of botapp but the clock, keeps its own records,
and applies Messenger's rules as Meta documents them, not as the rest of botapp understands them.
"""
