#pragma once

#include <cstdint>

#include "firmware/core/nn/interpolation.h"

namespace tombola {

// The two functions of an int16 softmax, in 0.15 fixed point, made by the
// compiler: exp(x) over -10..0, and 1 / (1 + x) over 0..1.
//
// An entry is the function's value, less half of what the line to the next one
// would lie beside the function in the middle: that is how the reference makes
// them (LUTPopulate in tensorflow/lite/kernels/internal/common.h), each of its
// roundings included.
class SoftmaxTables {
 public:
  constexpr SoftmaxTables() : exponential(), reciprocal() {
    constexpr double kHalfStep = 10.0 / (2 * kLast);
    double values[2 * kLast + 1] = {};  // from 0 down to -10
    double value = 1.0;
    for (double& slot : values) {
      slot = value;
      value *= ExpOfMinus(kHalfStep);
    }
    for (int i = 0; i <= kLast; ++i) {
      const int at = 2 * (kLast - i);
      exponential[i] = i == kLast
                           ? Last(values[at])
                           : Entry(values[at], values[at - 1], values[at - 2]);
      reciprocal[i] = i == kLast
                          ? Last(Reciprocal(2 * i))
                          : Entry(Reciprocal(2 * i), Reciprocal(2 * i + 1),
                                  Reciprocal(2 * i + 2));
    }
  }

  int16_t exponential[kInterpolationEntries];
  int16_t reciprocal[kInterpolationEntries];

 private:
  static constexpr int kLast = kInterpolationEntries - 1;
  static constexpr double kOne = 32768.0;

  // 1 / (1 + x), x in halves of a step.
  static constexpr double Reciprocal(int x) {
    return 2.0 * kLast / (2.0 * kLast + x);
  }

  // The power series, to beyond the precision of double.
  static constexpr double ExpOfMinus(double x) {
    double sum = 1.0;
    double term = 1.0;
    for (int n = 1; n < 10; ++n) {
      term *= -x / n;
      sum += term;
    }
    return sum;
  }

  // Ties away from zero.
  static constexpr int Round(double value) {
    return static_cast<int>(value < 0.0 ? value - 0.5 : value + 0.5);
  }

  static constexpr int16_t Saturated(int value) {
    return static_cast<int16_t>(value > INT16_MAX ? INT16_MAX : value);
  }

  static constexpr int16_t Last(double value) {
    return Saturated(Round(value * kOne));
  }

  static constexpr int16_t Entry(double value, double middle, double next) {
    const int rounded = Round(value * kOne);
    const int line = Round((next * kOne + rounded) / 2.0);
    const int beside = line - Round(middle * kOne);
    return Saturated(rounded - Round(beside / 2.0));
  }
};

inline constexpr SoftmaxTables kSoftmaxTables;

}  // namespace tombola
