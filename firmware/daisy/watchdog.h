// The independent watchdog (RM0433 chapter 45, IWDG): it starts the chip anew
// unless it is fed, and nothing but a reset stops it.
#pragma once

#include "firmware/daisy/registers.h"

namespace tombola {

inline void FeedWatchdog() { iwdg1().kr = kIwdgFeed; }

// Two seconds from each feeding: its clock of 32 kHz, a 32nd of it, 2000 times.
// The flash chip may take 0.3 s to erase a sector.
inline void StartWatchdog() {
  iwdg1().kr = kIwdgStart;
  iwdg1().kr = kIwdgUnlock;
  iwdg1().pr = 3;
  iwdg1().rlr = 2000 - 1;
  FeedWatchdog();
}

}  // namespace tombola
