"""Chat events in, Actions out; no rule about a case lives here."""
