"""The OpenAPI document: operations, the shapes of answers, what each member is."""
