// What the bench needs of QEMU's mps2-an500: a count of instructions, and a way
// to hand bytes to the host.

#pragma once

#include <cstdint>

namespace tombola {

// The instructions that a call of `body` takes more than a call of nothing.
//
// Run with -icount shift=10, the emulator's time advances by 1,024 ns with each
// instruction and by nothing else, and the board's timer falls by one every
// 40 ns of it: 25.6 times an instruction, so that rounding loses none. At most
// 160 million instructions.
uint32_t CountInstructions(void (*body)());

// To the host's standard output.
void Write(const void* bytes, uint32_t size);

// Ends the emulation.
[[noreturn]] void Exit(bool success);

}  // namespace tombola
