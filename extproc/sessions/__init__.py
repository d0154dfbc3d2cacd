"""What is remembered from one request of a conversation to the next, and what follows from it.

Keys (which conversation is it?), bindings (where does it belong?), the budget (may it move?), and the store.
"""
