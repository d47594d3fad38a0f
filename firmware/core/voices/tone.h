// The `tone` voice: partials and filtered noise that a network's output drives
// (docs/design.md, "The `tone` voice").
#pragma once

#include <cstdint>

#include "firmware/core/dsp/noise.h"
#include "firmware/core/dsp/partials.h"
#include "firmware/generated/sound.h"

namespace tombola {

// One run of the network, as sound.
struct ToneFrame {
  float partials[kTonePartials];  // amplitudes at the frame's end
  float noise[kNoiseFrame];       // samples from the frame's begin
};

// What shapes a frame besides the network's output.
struct ToneControls {
  float note;      // MIDI
  float loudness;  // A-weighted dB
  float color;     // 0 dark .. 0.5 as it was learned .. 1 bright
};

// The frame's half and the audio's half share no state, so that the first may
// be interrupted by the second.
class ToneVoice {
 public:
  static constexpr int kOutputs = 1 + kTonePartials + kToneBands;

  // Draws its noise from the shaper, which others may use between its frames.
  void Init(NoiseShaper* shaper);

  // The frame's half. output [kOutputs] is the network's, scale * output the
  // amplitudes, clamped to 0..1. Draws the frame's noise.
  void MakeFrame(const ToneControls& controls, const int16_t* output,
                 float scale, ToneFrame* frame);

  // The audio's half: silence, at phase zero.
  void Reset();

  // The audio's half: begins a frame at the next sample.
  void Start(const ToneFrame& frame);

  // Writes kBlock samples at this fundamental frequency (Hz, 0 to below
  // 24 kHz).
  void Render(float frequency, float* out);

 private:
  void SetTilt(float color);

  // The frame's half.
  NoiseShaper* shaper_;
  float octave_[kTonePartials];  // of each partial above the fundamental
  float gain_[kTonePartials];    // of each partial's share
  float noise_gain_;
  float tilt_;  // that the gains are for

  // The audio's half.
  Partials partials_;
  OverlapAdd noise_;
};

}  // namespace tombola
