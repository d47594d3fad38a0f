// The ticket and its inputs, linked in as they are. bench.py writes them.

  .section .ticket, "a"
  .balign 16
  .global ticket_begin
  .global ticket_end
ticket_begin:
  .incbin "ticket.bin"
ticket_end:

  .section .frames, "a"
  .balign 16
  .global frames_begin
  .global frames_end
frames_begin:
  .incbin "frames.bin"
frames_end:
