#pragma once

#include <cstdint>

namespace tombola {

// sigmoid(i / 24) as 0.16 fixed point, i = 0..255, made by the compiler.
//
// A chord of a function lies h^2 |f''| / 8 beside it where it is worst, h being
// the distance of its ends. Moving the ends by half of that towards the bend
// halves the error of the interpolation, and gives the very entries that the
// reference kernels have (tests/parity/test_ticket_operators.py).
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

}  // namespace tombola
