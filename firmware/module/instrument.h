// The instrument: panel words and a ticket in, sound out. Portable; the same
// code runs on the module, in the virtual module and in Python.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/panel/panel.h"
#include "firmware/generated/sound.h"

namespace tombola {

class Instrument {
 public:
  // Reads a ticket's image, which must stay where it is, and plans the network
  // in `memory`. Returns nullptr, or the reason why the ticket cannot be
  // played; then Process must not be called.
  const char* Init(const uint8_t* ticket, size_t ticket_size, uint8_t* memory,
                   size_t memory_size);

  // Renders one block. in and out are kBlock stereo samples of 24 bits,
  // sign-extended; they may be the same buffer. Called by the audio interrupt.
  // Returns true when a frame is due: call RunFrame from a lower priority.
  bool Process(const PanelInput& input, const int32_t* in, int32_t* out,
               PanelOutput* output);

  // Runs the network once. May be interrupted by Process at any point, and may
  // be called without need.
  void RunFrame();

  uint32_t frames() const;       // frames that were picked up
  uint32_t late_frames() const;  // of those, after the block that was meant to
};

}  // namespace tombola
