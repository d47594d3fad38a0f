// What a convolution's window covers, taken out of the image into a patch of
// 16-bit taps, with the zero point where the window leaves the image.

#pragma once

#include <cstdint>

#include "firmware/core/nn/kernels_convolution.h"

namespace tombola {

// Taps are taken eight at a time; the weights behind the last are zero.
constexpr uint32_t kTapsAtOnce = 8;

// A position of the window.
struct Place {
  uint32_t batch = 0;
  uint32_t row = 0;
  uint32_t column = 0;

  void Advance(const ConvolutionRecord& record) {
    if (++column < record.columns.positions) return;
    column = 0;
    if (++row < record.rows.positions) return;
    row = 0;
    ++batch;
  }
};

// Writes the patch of a group of the input's channels: kernel rows, columns,
// channels. `patches` of them lie interleaved, a pair of taps (a word) of each
// in turn, so that one load has the same taps of all. The four taps of two
// pairs stand as 0 2 1 3, as SXTB16 widens a word of four weights. `image` has
// elements of type T, int8_t or int16_t.
template <typename T>
void TakePatch(const ConvolutionRecord& record, const uint8_t* image,
               int8_t zero_point, const Place& place, uint32_t group,
               uint32_t patches, uint8_t* patch);

}  // namespace tombola
