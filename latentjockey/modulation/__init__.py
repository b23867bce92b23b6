"""Everything that moves by itself, as pure functions of beats or seconds and a seed."""
