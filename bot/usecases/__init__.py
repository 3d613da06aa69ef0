"""What Vigie does: one transaction each, load -> pure call -> save."""
