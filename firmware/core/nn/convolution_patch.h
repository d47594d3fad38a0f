// What a convolution's window covers, taken out of the image into a patch of
// 16-bit taps, with the zero point where the window leaves the image.

#pragma once

#include <cstdint>

#include "firmware/core/nn/convolution_window.h"

namespace tombola {

// Taps are taken eight at a time; the weights behind the last are zero.
constexpr uint32_t kTapsAtOnce = 8;

// Writes the patch of a group of the input's channels: kernel rows, columns,
// channels. `patches` of them lie interleaved, a pair of taps (a word) of each
// in turn, so that one load has the same taps of all. The four taps of two
// pairs stand as 0 2 1 3, as SXTB16 widens a word of four weights. `image` has
// elements of type T, int8_t or int16_t.
template <typename T>
void TakePatch(const WindowRecord& window, uint32_t groups,
               const uint8_t* image, int8_t zero_point, const Place& place,
               uint32_t group, uint32_t patches, uint8_t* patch);

}  // namespace tombola
