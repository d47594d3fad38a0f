// The `impact` voice: modes and noise bands that are struck at once and die
// away, as one output of a network says (docs/design.md, "The `impact` voice").
#pragma once

#include "firmware/core/dsp/modes.h"
#include "firmware/core/dsp/noise.h"
#include "firmware/generated/sound.h"

namespace tombola {

// A frame of a hit, as sound.
struct ImpactFrame {
  bool strikes;                // with this frame; then from these:
  float ratios[kImpactModes];  // of the pitch
  float struck[kImpactModes];  // amplitudes
  float struck_bend;           // a factor of the pitch
  float modes[kImpactModes];   // amplitudes at the frame's end
  float bend;                  // at the frame's end
  bool sounds;                 // the noise does
  float noise[kNoiseFrame];    // samples from the frame's begin
};

// The frame's half and the audio's half share no state, so that the first may
// be interrupted by the second.
class ImpactVoice {
 public:
  // amplitude, noise, bend, bend time, attack; gains, offsets and decays of
  // the modes; gains and decays of the bands.
  static constexpr int kOutputs = 5 + 3 * kImpactModes + 2 * kImpactBands;

  // Draws its noise from the shaper, which others may use between its frames.
  void Init(NoiseShaper* shaper);

  // The frame's half: strikes with the next frame, as output [kOutputs], the
  // network's in 0..1, says.
  void Hit(const float* output);

  // The frame's half: no hit sounds from the next frame on.
  void Stop();

  // The frame's half: makes the hit's next frame, at a pitch in MIDI notes.
  void MakeFrame(float note, ImpactFrame* frame);

  // The frame's half: how much of the hit is left where the last frame begins,
  // 0..1 in amplitude.
  float left() const { return left_; }

  // The audio's half: silence.
  void Reset();

  // The audio's half: begins a frame at the next sample.
  void Start(const ImpactFrame& frame);

  // Writes kBlock samples at this frequency (Hz, 0 to below 24 kHz).
  void Render(float frequency, float* out);

 private:
  // What falls by the same factor in every frame, and is off once it is small.
  struct Decay {
    float value;
    float factor;
    void Advance();
  };

  void Weigh(float note, float bend, float* amplitudes) const;
  bool DrawNoise(float* noise);
  void Advance();
  float Sum() const;

  // The frame's half.
  NoiseShaper* shaper_;
  float place_[kToneBands];  // of the shaper's bands among these
  float ratio_[kImpactModes];
  Decay mode_[kImpactModes];
  Decay band_[kImpactBands];
  Decay bend_;       // octaves
  float rise_;       // of the noise, 0..1
  float rise_step_;  // a frame
  float whole_;      // the sum that the hit began with
  float left_;
  bool strikes_;

  // The audio's half.
  Modes modes_;
  OverlapAdd noise_;
};

}  // namespace tombola
