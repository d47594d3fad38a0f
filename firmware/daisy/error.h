// Why the module does not play. The lights show the number.
#pragma once

#include <cstdint>

namespace tombola {

enum class Error : uint32_t {
  kNone = 0,
  kSupply = 1,      // the core's regulator never became ready
  kOscillator = 2,  // the 16 MHz crystal does not start, or clocks do not stop
  kFlash = 3,       // the flash did not take its wait states
  kPll = 4,         // a clock multiplier does not lock, or is not taken
  kCodec = 5,       // the codec does not answer on I2C
  kConverter = 6,   // the ADC does not calibrate or start
  kAudio = 7,       // the audio interface takes no samples
  kTicket = 8,      // the ticket cannot be played; status.h says why
  kFault = 9,       // a processor fault or an unexpected interrupt
  kStorage = 10,    // the flash chip does not answer, or take what is written
};

}  // namespace tombola
