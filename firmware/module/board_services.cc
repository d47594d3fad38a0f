#include "firmware/module/board_services.h"

#include "firmware/daisy/bootloader.h"
#include "firmware/daisy/usb.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// The host has this long to fetch the answer that says so.
constexpr uint32_t kLastWords = 100;  // ms

}  // namespace

void BoardServices::Reboot(protocol::Target target) {
  for (uint32_t i = 0; i < kLastWords && !UsbSent(); ++i) {
    DelayMicroseconds(1000);
  }
  if (target == protocol::Target::kLoader) RestartInLoader();
  Restart();
}

}  // namespace tombola
