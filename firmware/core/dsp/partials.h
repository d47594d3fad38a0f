// A bank of sines at the multiples of one frequency.
#pragma once

#include <cstdint>

#include "firmware/generated/sound.h"

namespace tombola {

class Partials {
 public:
  static constexpr int kCount = kTonePartials;

  // Silence, at phase zero. The first block's pitch is not ramped to.
  void Init();

  // Ramps linearly to these amplitudes [kCount] over kFrame samples from
  // wherever the last ramp is.
  void SetAmplitudes(const float* amplitudes);

  // Writes kBlock samples. The phase increment ramps over them from the last
  // block's to frequency's (Hz, 0 to below 24 kHz).
  void Render(float frequency, float* out);

 private:
  struct Partial {
    float amplitude;
    float step;  // a sample
  };

  void FinishRamp();
  // How many partials lie below half the sample rate.
  int Audible(int32_t increment) const;

  Partial partials_[kCount];
  float target_[kCount];
  int sounding_;     // partials that are not silent, rounded up to pairs
  int blocks_left_;  // of the ramp
  uint32_t phase_;   // of the fundamental; a turn is 2^32
  int32_t increment_;
};

}  // namespace tombola
