"""Cases: what a person must look at, who can mend it and how."""
