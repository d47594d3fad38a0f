// What a calibration adds to the pitch where a straight line is not enough.
#pragma once

#include "firmware/core/dsp/math.h"
#include "firmware/generated/settings.h"

namespace tombola {

// Volts of the first of Calibration::pitch_cents; they are 1 V apart.
constexpr float kFirstPitchVolts = -3.0f;
constexpr int kPitchPoints =
    sizeof(Calibration::pitch_cents) / sizeof(*Calibration::pitch_cents);

// Cents at these volts of V/OCT: on the line between two points, and beyond the
// ends those of the end.
inline float PitchCents(const float* points, float volts) {
  constexpr float kLast = static_cast<float>(kPitchPoints - 1);
  const float place = Clamp(volts - kFirstPitchVolts, 0.0f, kLast);
  int below = static_cast<int>(place);
  if (below == kPitchPoints - 1) --below;
  const float part = place - static_cast<float>(below);
  return points[below] + (points[below + 1] - points[below]) * part;
}

}  // namespace tombola
