// Which Daisy Seed this is. Pins of the Seed itself, not of its header.
#pragma once

#include <cstdint>

namespace tombola {

// Three codecs were fitted over the years. The audio block that masters the
// bus, SAI1_A, transmits to the first two and receives from the third.
enum class Board : uint32_t { kAk4556 = 0, kPcm3060 = 1, kWm8731 = 2 };

// Reads the straps: PD3 is tied low on a Seed 1.1 (WM8731), PD4 on a
// Seed 2 DFM (PCM3060), none on the first (AK4556).
Board DetectBoard();

}  // namespace tombola
