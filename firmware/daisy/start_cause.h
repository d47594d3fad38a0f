// Why the chip started.
#pragma once

#include <cstdint>

namespace tombola {

enum class StartCause : uint32_t {
  kUnknown = 0,
  kPowerOn = 1,
  kSupply = 2,    // it fell for a moment
  kPin = 3,       // the Seed's button RESET
  kSoftware = 4,  // bootloader.h
  kWatchdog = 5,
};

// Forgets it, so that the next start shows its own: to be asked once.
StartCause TakeStartCause();

}  // namespace tombola
