// The sigmoid and tanh of int16 activations, by a table and the line between
// two of its entries.

#pragma once

#include <cstdint>

namespace tombola {

// sigmoid(i / 24) as 0.16 fixed point, i = 0..255, made by the compiler.
//
// A chord of a function lies h^2 |f''| / 8 beside it where it is worst, h being
// the distance of its ends. Moving the ends by half of that towards the bend
// halves the error of the interpolation, and gives the very entries that the
// reference kernels have (tests/parity/test_activation.py).
struct SigmoidTable {
  static constexpr int kSize = 256;
  static constexpr double kStep = 1.0 / 24.0;

  constexpr SigmoidTable() : entries() {
    double decay = 1.0;  // exp(-i * kStep)
    for (int i = 0; i < kSize; ++i) {
      const double sigmoid = 1.0 / (1.0 + decay);
      const double bend = sigmoid * (1.0 - sigmoid) * (1.0 - 2.0 * sigmoid);
      const double entry = 65536.0 * (sigmoid - kStep * kStep / 16.0 * bend);
      entries[i] = static_cast<uint16_t>(entry + 0.5);
      decay *= ExpOfMinusStep();
    }
    entries[kSize - 1] = UINT16_MAX;  // the last line ends at one
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

  uint16_t entries[kSize];
};

inline constexpr SigmoidTable kSigmoidTable;

// 2^(16 + kBits) sigmoid(|x|), the table's x axis having 2^kBits steps to an
// entry. Beyond its end nothing is left that rounding would not take away.
template <int kBits>
int32_t SigmoidOfMagnitude(int32_t x) {
  constexpr uint32_t kEnd = ((SigmoidTable::kSize - 1) << kBits) - 1;
  const uint32_t sign = static_cast<uint32_t>(x >> 31);
  const uint32_t magnitude = (static_cast<uint32_t>(x) ^ sign) - sign;
  const uint32_t at = magnitude > kEnd ? kEnd : magnitude;
  const uint16_t* entry = kSigmoidTable.entries + (at >> kBits);
  const uint32_t fraction = at & ((1u << kBits) - 1);
  return static_cast<int32_t>((static_cast<uint32_t>(entry[0]) << kBits) +
                              fraction * (entry[1] - entry[0]));
}

// 2^15 sigmoid(x / 12288), 0..32767; for a negative x one less the other's
// mirror image.
inline int32_t Sigmoid(int32_t x) {
  constexpr int kBits = 9;
  const int32_t sign = x >> 31;
  const int32_t y = SigmoidOfMagnitude<kBits>(x) ^ sign;
  return ((y + (1 << kBits)) >> (kBits + 1)) - sign * (1 << 15);
}

// 2^15 tanh(x / 12288) = 2^15 (2 sigmoid(2 x / 12288) - 1), -32767..32767.
inline int32_t Tanh(int32_t x) {
  constexpr int kBits = 8;
  const int32_t y = SigmoidOfMagnitude<kBits>(x) - (1 << (15 + kBits));
  return ((y ^ (x >> 31)) + (1 << (kBits - 1))) >> kBits;
}

}  // namespace tombola
