// How loud a sound is, in the sense in which the networks learned it: the RMS
// in dB after A-weighting (docs/design.md, "Audio in").
#pragma once

#include "firmware/generated/sound.h"

namespace tombola {

class Loudness {
 public:
  static constexpr float kSilence = -100.0f;  // dB, and all below

  void Init();

  // Takes kBlock samples, full scale 1. Returns dB over the last 25 ms; a sine
  // of full scale at 1 kHz is at -3 dB.
  float Process(const float* samples);

 private:
  // 25 ms: whole periods of the ripple that a tone of 60 Hz has once squared,
  // and so a steady reading; and the longest that a release is late.
  static constexpr int kBlocks = 25;
  static constexpr int kSections = 3;

  struct State {
    float z1;
    float z2;
  };

  float Weight(float sample);

  State states_[kSections];
  float powers_[kBlocks];  // mean square of each block
  int next_;
};

}  // namespace tombola
