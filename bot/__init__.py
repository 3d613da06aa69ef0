"""Vigie: a watch over what is said online about health practitioners.

core      decides: pure values and rules, no clock, no network.
usecases  order: one transaction each, load -> pure call -> save.
adapters  do: the database, the network, the chats, the words.
handlers  translate (beside this package): a chat event in, an Action out.
app       wires all of it, and ``python -m bot`` starts it.
"""

__version__ = "0.1.0"
