"""The families of operators: their instructions, and what becomes one."""
