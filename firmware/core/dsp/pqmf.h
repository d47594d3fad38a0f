// A bank of 16 bands that add up to one sound: cosine-modulated, of a low-pass
// that a Kaiser window cuts out (Nguyen 1994; training/voices/pqmf.py).
#pragma once

#include "firmware/generated/sound.h"

namespace tombola {

class BandSynthesis {
 public:
  void Init();

  // Silence, at once.
  void Reset();

  // Puts one sample of each band [kTextureBands] together, with what still
  // sounds of the ones before: kTextureBands samples.
  void Render(const float* bands, float* out);

 private:
  static constexpr int kBands = kTextureBands;
  static constexpr int kHops = kTextureFilter / kBands;  // that a filter takes
  static constexpr int kPeriod = 2 * kBands;  // of the cosines, but for sign

  // Cosines come again after kPeriod samples with the other sign, so that one
  // period of them serves for the whole filter; the sign is the window's.
  float cosine_[kPeriod][kBands];
  float window_[kTextureFilter];
  float pending_[kHops][kBands];
  int first_;  // of pending_: what is played next
};

}  // namespace tombola
