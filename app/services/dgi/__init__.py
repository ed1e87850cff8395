"""The way to the tax authority: deliveries brought to control modules, and its lists."""
