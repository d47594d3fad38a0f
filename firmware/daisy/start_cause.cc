#include "firmware/daisy/start_cause.h"

#include "firmware/daisy/registers.h"

namespace tombola {

// RM0433, RCC_RSR and table "Reset source identification": every reset pulls
// the reset pin low as well, and power on is a dip of the supply, too.
StartCause TakeStartCause() {
  constexpr struct {
    uint32_t flag;
    StartCause cause;
  } kCauses[] = {
      {kRccRsrPorRst, StartCause::kPowerOn},
      {kRccRsrBorRst, StartCause::kSupply},
      {kRccRsrIwdg1Rst, StartCause::kWatchdog},
      {kRccRsrSftRst, StartCause::kSoftware},
      {kRccRsrPinRst, StartCause::kPin},
  };
  const uint32_t flags = rcc().rsr;
  rcc().rsr = kRccRsrRmvf;
  rcc().rsr = 0;
  for (const auto& [flag, cause] : kCauses) {
    if ((flags & flag) != 0) return cause;
  }
  return StartCause::kUnknown;
}

}  // namespace tombola
