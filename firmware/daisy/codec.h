// The Seed's audio codec: 24 bits, left-justified, the module is the master.
#pragma once

#include "firmware/daisy/board.h"
#include "firmware/daisy/error.h"

namespace tombola {

// Takes 115 ms on a WM8731, 2 ms on an AK4556, nothing on a PCM3060.
Error InitCodec(Board board);

}  // namespace tombola
