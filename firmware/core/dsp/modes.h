// A bank of sines at any ratios of one frequency: what is struck, and dies
// away.
#pragma once

#include <cstdint>

#include "firmware/generated/sound.h"

namespace tombola {

class Modes {
 public:
  static constexpr int kCount = kImpactModes;

  // Silence.
  void Init();

  // Begins anew at phase zero, with these amplitudes and ratios [kCount] of the
  // frequency times `bend`. What sounded before fades out within a block.
  void Strike(const float* ratios, const float* amplitudes, float bend);

  // Ramps linearly to these amplitudes [kCount] and this bend over kFrame
  // samples.
  void RampTo(const float* amplitudes, float bend);

  // Writes kBlock samples. Each increment of phase ramps over them from the
  // last block's to the one of this frequency (Hz, 0 to below 24 kHz); after
  // silence from that one without the bend's change.
  void Render(float frequency, float* out);

 private:
  struct Mode {
    float ratio;
    float amplitude;
    float step;  // a sample
    float target;
    uint32_t phase;     // a turn is 2^32
    int32_t increment;  // a sample
  };

  static void Add(Mode* mode, int32_t glide, float* out);
  void FinishRamp();

  Mode modes_[kCount];
  float ending_[kBlock];  // what sounded before the strike
  bool ends_;             // ending_ is not silent
  float bend_;
  float bend_target_;
  float bend_step_;  // a block
  int blocks_left_;  // of the ramps
};

}  // namespace tombola
