"""What leaves by a channel: announcements, who listens, messages and their tries."""
