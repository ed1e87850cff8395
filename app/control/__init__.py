"""Control modules: who makes an invoice a legal one, behind one port."""
