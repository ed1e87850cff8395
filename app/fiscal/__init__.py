"""The pure core: the law and the formats, over bytes, integers and the time it is given."""
