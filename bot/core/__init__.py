"""What Vigie decides: values and rules, no clock, no network, no database."""
