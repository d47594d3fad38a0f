// The core's cycle counter (DDI 0403 C1.8, the Data Watchpoint and Trace unit).
#pragma once

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {

// Starts it. On a Cortex-M7 its registers are locked until a key is written
// (ARM CoreSight Architecture Specification, Lock Access Register).
inline void InitCycles() {
  demcr() |= kDemcrTrcEna;
  dwt().lar = kDwtKey;
  dwt().cyccnt = 0;
  dwt().ctrl |= kDwtCtrlCycCntEna;
}

// Cycles so far; wraps around every 9 s. It may stand still while the core
// sleeps.
inline uint32_t CycleCount() { return dwt().cyccnt; }

}  // namespace tombola
