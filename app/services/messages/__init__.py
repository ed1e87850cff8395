"""What people and integrators are told: events, messages, endpoints, reports."""
