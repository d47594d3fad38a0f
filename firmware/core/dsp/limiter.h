// The way out: floats to the codec's 24 bits.
#pragma once

#include <cstdint>

#include "firmware/core/dsp/math.h"
#include "firmware/generated/sound.h"

namespace tombola {

constexpr float kLinearUpTo = 0.707945784f;  // -3 dBFS

// The identity up to -3 dBFS either way; above, a curve without a kink that
// nears full scale and never reaches it.
inline float SoftLimit(float x) {
  const float size = x < 0.0f ? -x : x;
  if (size <= kLinearUpTo) return x;
  constexpr float kRoom = 1.0f - kLinearUpTo;
  const float over = size - kLinearUpTo;
  const float limited = kLinearUpTo + kRoom * (over / (over + kRoom));
  return x < 0.0f ? -limited : limited;
}

// Full scale 1 to a sign-extended 24-bit sample.
inline int32_t ToSample(float x) {
  constexpr float kScale = static_cast<float>(kFullScale);
  return static_cast<int32_t>(Clamp(x * kScale, -kScale, kScale));
}

}  // namespace tombola
