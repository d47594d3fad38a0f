// 480 MHz from the Seed's 16 MHz crystal, and the audio and ADC clocks.
#pragma once

#include "firmware/daisy/error.h"

namespace tombola {

// Supply, flash, core and peripheral clocks, from any state that a reset or the
// chip's USB loader leaves. PLL1 drives the core, and USB with a 20th of its
// 960 MHz. PLL3 runs at 16 MHz / 6 * 295
// = 786.67 MHz; SAI1 gets a sixteenth of it, 49.17 MHz, which makes a sample
// rate of 48,014 Hz (0.5 cents sharp), and the ADC a 32nd, 24.58 MHz.
Error InitClock();

}  // namespace tombola
