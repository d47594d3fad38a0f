// The `texture` voice: noise in 16 bands, each shaped by a short filter that a
// network draws anew three thousand times a second (docs/design.md, "The
// `texture` voice").
#pragma once

#include <cstdint>

#include "firmware/core/dsp/pqmf.h"
#include "firmware/core/dsp/xorshift.h"
#include "firmware/generated/sound.h"

namespace tombola {

constexpr int kTextureSteps = kFrame / kTextureBands;  // of a band, in a frame

// Taps of a band's filter: half as many in each next band, at least one.
constexpr int TapsOf(int band) {
  return kTextureTaps >> band > 1 ? kTextureTaps >> band : 1;
}

constexpr int TapsBelow(int band) {
  return band == 0 ? 0 : TapsBelow(band - 1) + TapsOf(band - 1);
}

// One run of the network, as the bands' samples.
struct TextureFrame {
  float bands[kTextureSteps][kTextureBands];
};

// What shapes a frame besides the network's output.
struct TextureControls {
  float loudness;  // A-weighted dB
  float color;     // 0 dark .. 0.5 as it was learned .. 1 bright
};

// The frame's half and the audio's half share no state, so that the first may
// be interrupted by the second.
class TextureVoice {
 public:
  static constexpr int kOutputs = kTextureSteps * TapsBelow(kTextureBands);

  void Init();

  // The frame's half. output [kTextureSteps][27] is the network's, scale *
  // output the taps, clamped to -1..1. Draws the frame's noise.
  void MakeFrame(const TextureControls& controls, const int16_t* output,
                 float scale, TextureFrame* frame);

  // The audio's half: silence, at once.
  void Reset();

  // The audio's half: begins a frame at the next sample, in place of what is
  // left of the last one.
  void Start(const TextureFrame& frame);

  // Writes kBlock samples.
  void Render(float* out);

 private:
  static constexpr int kPast = kTextureTaps - 1;

  void SetTilt(float color);
  void DrawNoise();

  // The frame's half.
  Xorshift random_;
  float noise_[kPast + kTextureSteps][kTextureBands];  // the newest last
  float gain_[kTextureBands];
  float tilt_;  // that the gains are for

  // The audio's half.
  TextureFrame playing_;
  int played_;  // steps of it
  BandSynthesis synthesis_;
};

}  // namespace tombola
