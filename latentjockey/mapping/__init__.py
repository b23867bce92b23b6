"""What a message from outside means for which control: tables and their rules. Pure: no ports, any thread."""
