// The sigmoid and tanh of int16 activations, by a table and the line between
// two of its entries.

#pragma once

#include <cstdint>

#include "firmware/core/nn/dsp_instructions.h"

namespace tombola {

// sigmoid(x) - 1/2 by lines between x = i / 24, made by the compiler.
//
// A chord of a function lies h^2 |f''| / 8 beside it where it is worst, h being
// the distance of its ends. Moving the ends by half of that towards the bend
// halves the error of the interpolation, and gives the very entries that the
// reference kernels have (tests/parity/test_activation.py).
struct SigmoidTable {
  static constexpr int kSize = 256;
  static constexpr double kStep = 1.0 / 24.0;

  constexpr SigmoidTable() : lines() {
    double decay = 1.0;  // exp(-i * kStep)
    int last = 0;
    for (int i = 0; i < kSize - 1; ++i) {
      const double sigmoid = 1.0 / (1.0 + decay);
      const double bend = sigmoid * (1.0 - sigmoid) * (1.0 - 2.0 * sigmoid);
      const double entry = 65536.0 * (sigmoid - kStep * kStep / 16.0 * bend);
      const int start = static_cast<int>(entry + 0.5) - 32768;
      if (i > 0) lines[i - 1] = Line(2 * last, start - last);
      last = start;
      decay *= ExpOfMinusStep();
    }
    // The last line ends at one. Behind it is what rounds to what the reference
    // has there: 32767 and 1 of the sigmoid, 32767 and -32767 of the tanh.
    lines[kSize - 2] = Line(2 * last, 32767 - last);
    lines[kSize - 1] = Line(2 * 32766 + 1, 0);
  }

  // The power series, to beyond the precision of double.
  static constexpr double ExpOfMinusStep() {
    double sum = 1.0;
    double term = 1.0;
    for (int n = 1; n < 12; ++n) {
      term *= -kStep / n;
      sum += term;
    }
    return sum;
  }

  // Twice where a line starts, less 2^15 so that it is a number of 16 bits with
  // a sign; and, in the low half, how far the line rises.
  static constexpr uint32_t Line(int twice_start, int rise) {
    return static_cast<uint32_t>(twice_start - 32768) << 16 |
           static_cast<uint32_t>(rise);
  }

  uint32_t lines[kSize];
};

inline constexpr SigmoidTable kSigmoidTable;

// 2^(16 + kBits) (sigmoid(|x|) - 1/2), the table's x axis having 2^kBits steps
// to a line. |x| is less than 2^31.
template <int kBits>
int32_t SigmoidOfMagnitude(int32_t x) {
  constexpr uint32_t kHalf = 1u << (kBits - 1);
  const uint32_t sign = static_cast<uint32_t>(x >> 31);
  const uint32_t magnitude = (static_cast<uint32_t>(x) ^ sign) - sign;
  const uint32_t at =
      SaturateToUnsigned<kBits + 8>(static_cast<int32_t>(magnitude));
  const uint32_t along = at & (2 * kHalf - 1);
  return static_cast<int32_t>(DotPairs(kSigmoidTable.lines[at >> kBits],
                                       along | kHalf << 16, kHalf << 15));
}

// 2^15 sigmoid(x / 12288), 0..32767.
inline int32_t Sigmoid(int32_t x) {
  constexpr int kBits = 9;
  constexpr int32_t kHalf = 1 << (15 + kBits);
  const int32_t y = SigmoidOfMagnitude<kBits>(x) ^ (x >> 31);
  return (y + kHalf + (1 << kBits)) >> (kBits + 1);
}

// 2^15 tanh(x / 12288) = 2^16 (sigmoid(2 x / 12288) - 1/2), -32767..32767.
inline int32_t Tanh(int32_t x) {
  constexpr int kBits = 8;
  const int32_t y = SigmoidOfMagnitude<kBits>(x) ^ (x >> 31);
  return (y + (1 << (kBits - 1))) >> kBits;
}

}  // namespace tombola
