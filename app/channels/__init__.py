"""What leaves the house: by e-mail, by WhatsApp and by webhook, and to which addresses it may."""
