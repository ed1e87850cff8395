"""The commands of `bono`, a file for each subject."""
