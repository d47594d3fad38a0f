// What the processor was doing when it could not go on.
#pragma once

#include <cstdint>

namespace tombola {

// DDI 0403 B1.5.6 (what an exception stacks) and B3.2.15-18 (fault status).
struct FaultRecord {
  uint32_t exception;  // 2 to 6 a fault, above 15 an unexpected interrupt
  uint32_t pc;
  uint32_t lr;
  uint32_t xpsr;
  uint32_t cfsr;
  uint32_t hfsr;
  uint32_t mmfar;
  uint32_t bfar;
};

}  // namespace tombola

// The module's: keeps the record, tells the player, does not return.
extern "C" [[noreturn]] void OnFault(const tombola::FaultRecord& record);
