"""What a board house, a shop and an assembly service want."""
