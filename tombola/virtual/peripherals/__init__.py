"""The STM32H750's peripherals, from the registers up: what the firmware touches.

"RM" is ST's reference manual RM0433, "ARM" the ARMv7-M Architecture Reference Manual.
A register, bit or access width that no file here models is a fault, never silence.
"""
