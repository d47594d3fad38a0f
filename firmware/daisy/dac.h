// The CV output: DAC1, channel 1.
#pragma once

#include <cstdint>

namespace tombola {

void InitDac();

// 12 bits; the output stage turns 0 into -5 V and 4095 into +5 V.
void WriteDac(uint16_t word);

}  // namespace tombola
