#pragma once

#include <cstdint>

namespace tombola {

// The words of a file as digits of a number, modulo a prime of 64 bits: any
// change within one word is found, any other is missed once in about 2^64.
// `bytes` is aligned to 4, `size` a multiple of 4 (what is left over is not
// looked at).
//
// The prime is p = a * 2^32 - 1 with a = 4294967118, a multiplier of
// Marsaglia's multiply-with-carry generators ("Random Number Generators",
// Journal of Modern Applied Statistical Methods 2, 2003). One step of such a
// generator divides by 2^32 modulo p, and costs the Cortex-M7 one instruction.
uint64_t Checksum(const uint8_t* bytes, uint32_t size);

}  // namespace tombola
