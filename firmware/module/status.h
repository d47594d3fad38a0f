// What the module says about itself to a debugger, the virtual module and a
// fault's reader: `tombola_status`, thirty-two-bit words in this order.
#pragma once

#include <cstdint>

#include "firmware/daisy/board.h"
#include "firmware/daisy/error.h"
#include "firmware/daisy/fault.h"
#include "firmware/daisy/start_cause.h"

namespace tombola {

enum class State : uint32_t {
  kStarting = 0,
  kPlaying = 1,
  kSilent = 2,  // the ticket cannot be played; `reason` says why
  kStopped = 3  // start-up failed, or a fault; nothing runs
};

constexpr uint32_t kStatusMagic = 0x4c424d54;  // "TMBL"
constexpr uint32_t kStatusVersion = 1;

struct Status {
  uint32_t magic;
  uint32_t version;
  State state;
  Board board;
  Error error;
  uint32_t reason;       // address of a sentence in flash, or 0
  uint32_t blocks;       // audio interrupts
  uint32_t frames;       // that were picked up
  uint32_t late_frames;  // not ready when their block came
  uint32_t late_blocks;  // not finished when the next was due
  uint32_t late_scans;   // of the ADC, not finished when the next was due
  FaultRecord fault;     // the last one, maybe before this start
  uint32_t boots;        // since the backup memory was last without power
  StartCause start;
};
static_assert(sizeof(Status) == 21 * 4, "as in firmware/daisy/README.md");

}  // namespace tombola

extern "C" tombola::Status tombola_status;
