// What loudness and COLOR mean to every voice.
#pragma once

#include "firmware/core/dsp/math.h"
#include "firmware/generated/sound.h"

namespace tombola {

// Fades to silence just above the loudness floor: dB to 0..1.
inline float Fade(float loudness) {
  const float unit = (loudness - kLoudnessFloor) * (1.0f / -kLoudnessFloor);
  return Clamp(unit * (1.0f / kFadeFloor), 0.0f, 1.0f);
}

// COLOR, 0..1, to -1 dark .. exactly 0 around noon .. 1 bright.
inline float Tilt(float color) {
  // This near to noon is noon: a knob's noise must not colour the sound.
  constexpr float kRest = 0.01f;
  const float away = color - 0.5f;
  const float size = (away < 0.0f ? -away : away) - kRest;
  if (size <= 0.0f) return 0.0f;
  const float tilt = Clamp(size * (1.0f / (0.5f - kRest)), 0.0f, 1.0f);
  return away < 0.0f ? -tilt : tilt;
}

}  // namespace tombola
