#include "firmware/module/board_services.h"

#include <algorithm>
#include <cstring>

#include "firmware/daisy/adc.h"
#include "firmware/daisy/bootloader.h"
#include "firmware/daisy/panel_io.h"
#include "firmware/daisy/usb.h"
#include "firmware/daisy/wait.h"
#include "firmware/generated/panel.h"
#include "firmware/module/status.h"

namespace tombola {
namespace {

// The host has this long to fetch the answer that says so.
constexpr uint32_t kLastWords = 100;  // ms

constexpr char kFirmwareVersion[] = "0.1.0";
constexpr uint8_t kBuiltIn = 255;  // of InfoAnswer.slot

// `to` is zero, and stays ended by a zero or full.
template <size_t kSize>
void CopyText(const char* text, char (&to)[kSize]) {
  std::memcpy(to, text, std::min(std::strlen(text), kSize));
}

float Volts(const CvRange& range, uint16_t word) {
  return range.volts_at_zero + (range.volts_at_full - range.volts_at_zero) *
                                   (static_cast<float>(word) / 65535.0f);
}

}  // namespace

void BoardServices::Reboot(protocol::Target target) {
  for (uint32_t i = 0; i < kLastWords && !UsbSent(); ++i) {
    DelayMicroseconds(1000);
  }
  if (target == protocol::Target::kLoader) RestartInLoader();
  Restart();
}

Outcome BoardServices::Info(protocol::InfoAnswer* answer) {
  const tombola::Status& status = tombola_status;
  CopyText(kFirmwareVersion, answer->firmware);
  answer->blocks = status.blocks;
  answer->frames = status.frames;
  answer->late_frames = status.late_frames;
  answer->late_blocks = status.late_blocks;
  answer->late_scans = status.late_scans;
  answer->fault_exception = status.fault.exception;
  answer->fault_pc = status.fault.pc;
  answer->fault_lr = status.fault.lr;
  answer->fault_xpsr = status.fault.xpsr;
  answer->fault_cfsr = status.fault.cfsr;
  answer->fault_hfsr = status.fault.hfsr;
  answer->fault_mmfar = status.fault.mmfar;
  answer->fault_bfar = status.fault.bfar;
  answer->board = static_cast<uint8_t>(status.board);
  answer->state = static_cast<uint8_t>(status.state);
  answer->error = static_cast<uint8_t>(status.error);
  answer->slot = kBuiltIn;
  return {};
}

Outcome BoardServices::Status(protocol::StatusAnswer* answer) {
  const AdcWords words = ReadAdc();
  answer->blocks = tombola_status.blocks;
  for (int i = 0; i < kCvCount; ++i) {
    answer->cv_words[i] = words.cv[i];
    answer->cv_volts[i] = Volts(kCvRanges[i], words.cv[i]);
  }
  answer->gates = ReadGates();
  answer->slot = kBuiltIn;
  return {};
}

}  // namespace tombola
