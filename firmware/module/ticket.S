// The ticket, linked in as it is. The Makefile copies it beside the objects.

  .section .ticket, "a"
  .balign 16
  .global ticket_begin
  .global ticket_end
ticket_begin:
  .incbin "ticket.bin"
ticket_end:
