"""People of an outlet, and operators of all."""
