// Noise that is shaped in the frequency domain, a frame at a time.
#pragma once

#include "firmware/core/dsp/fft.h"
#include "firmware/core/dsp/xorshift.h"
#include "firmware/generated/sound.h"

namespace tombola {

constexpr int kNoiseFrame = 2 * kFrame;  // samples; half of it overlaps

// Makes frames of noise: random bins, shaped by bands, inverse FFT, window.
class NoiseShaper {
 public:
  void Init();

  // bands [kToneBands]: amplitudes, evenly spaced over 0..24 kHz, linear
  // between. Writes kNoiseFrame samples. It always draws the same count of
  // random numbers, so silent frames keep the sequence.
  void MakeFrame(const float* bands, float* frame);

 private:
  void Draw(float magnitude, Complex* bin);

  InverseFft fft_;
  Xorshift random_;
  Complex bins_[InverseFft::kBins];
  Complex samples_[InverseFft::kSize / 2];
  float window_[kNoiseFrame];
};

// Adds up frames that overlap. A frame may begin at any block.
class OverlapAdd {
 public:
  void Init();

  // Begins a frame at the next sample, over what is left of the last ones.
  void Add(const float* frame);

  // Adds kBlock samples to out.
  void Render(float* out);

 private:
  float pending_[kNoiseFrame];
  int played_;  // samples of pending_
};

}  // namespace tombola
