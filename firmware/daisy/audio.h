// Sound in and out: SAI1 and two DMA streams, a block of 48 samples at a time.
#pragma once

#include <cstdint>

#include "firmware/daisy/board.h"
#include "firmware/daisy/error.h"

namespace tombola {

// in and out: kBlock stereo samples, left first, 24 bits, sign-extended. They
// are the same buffer.
using AudioCallback = void (*)(const int32_t* in, int32_t* out);

// From now on `callback` runs in the audio interrupt, once a block, and has
// 0.9 ms for it: less than a block, because the SAI's FIFO reads ahead. Returns
// when the first block was played.
Error StartAudio(Board board, AudioCallback callback);

// Blocks that were not finished when the next was due.
uint32_t LateBlocks();

// Core cycles spent in the audio interrupt so far; wraps around.
uint32_t AudioCycles();

// Zeros in both halves of the transmit buffer, for when the callback is no
// more.
void SilenceAudio();

}  // namespace tombola
