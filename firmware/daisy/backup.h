// What outlives a reset: 4 KB of backup SRAM (RM0433 chapter 2), which keeps
// its content as long as the chip has power.
#pragma once

#include <cstdint>

#include "firmware/daisy/fault.h"

namespace tombola {

// Opens it, counts this start, and says how many there were since power on.
uint32_t CountBoot();

// The last fault since power on; all zero if there was none. After CountBoot.
FaultRecord LastFault();
void KeepFault(const FaultRecord& record);

}  // namespace tombola
