"""How an outlet is: probes, figures, colours, alarms."""
