#include "firmware/core/voices/texture.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"
#include "firmware/core/voices/sound_controls.h"

namespace tombola {
namespace {

// At either end of COLOR: 6 dB an octave, in octaves of gain (6.02 dB), around
// 3 kHz.
constexpr float kTilt = 6.0f / 6.0206f;
constexpr float kMiddle = 3000.0f;
constexpr float kBandwidth = 0.5f * kSampleRate / kTextureBands;

constexpr int kStepsInBlock = kBlock / kTextureBands;
static_assert(kBlock % kTextureBands == 0, "a block is whole steps");

}  // namespace

void TextureVoice::Init() {
  random_ = Xorshift();
  std::fill_n(noise_[0], (kPast + kTextureSteps) * kTextureBands, 0.0f);
  std::fill_n(gain_, kTextureBands, 1.0f);
  tilt_ = 0.0f;
  synthesis_.Init();
  Reset();
}

void TextureVoice::SetTilt(float color) {
  const float tilt = Tilt(color);
  if (tilt == tilt_) return;
  tilt_ = tilt;
  for (int b = 0; b < kTextureBands; ++b) {
    const float frequency = (static_cast<float>(b) + 0.5f) * kBandwidth;
    gain_[b] = Exp2(tilt * kTilt * Log2(frequency * (1.0f / kMiddle)));
  }
}

void TextureVoice::DrawNoise() {
  std::copy_n(noise_[kTextureSteps], kPast * kTextureBands, noise_[0]);
  constexpr float kUnit = 1.0f / 32768.0f;
  for (int step = kPast; step < kPast + kTextureSteps; ++step) {
    for (int b = 0; b < kTextureBands; b += 2) {
      const uint32_t bits = random_.Next();
      const int16_t high = static_cast<int16_t>(bits >> 16);
      const int16_t low = static_cast<int16_t>(bits);
      noise_[step][b] = kUnit * static_cast<float>(high);
      noise_[step][b + 1] = kUnit * static_cast<float>(low);
    }
  }
}

void TextureVoice::MakeFrame(const TextureControls& controls,
                             const int16_t* output, float scale,
                             TextureFrame* frame) {
  SetTilt(controls.color);
  DrawNoise();
  const float gain = kTextureNoiseGain * Fade(controls.loudness);
  for (int step = 0; step < kTextureSteps; ++step) {
    for (int b = 0; b < kTextureBands; ++b) {
      float sum = 0.0f;
      for (int tap = 0; tap < TapsOf(b); ++tap) {
        const float y =
            Clamp(scale * static_cast<float>(*output++), -1.0f, 1.0f);
        sum += y * y * y * noise_[kPast + step - tap][b];
      }
      frame->bands[step][b] = gain * gain_[b] * sum;
    }
  }
}

void TextureVoice::Reset() {
  played_ = kTextureSteps;
  synthesis_.Reset();
}

void TextureVoice::Start(const TextureFrame& frame) {
  playing_ = frame;
  played_ = 0;
}

void TextureVoice::Render(float* out) {
  constexpr float kSilence[kTextureBands] = {};
  for (int step = 0; step < kStepsInBlock; ++step) {
    const bool left = played_ < kTextureSteps;
    synthesis_.Render(left ? playing_.bands[played_++] : kSilence, out);
    out += kTextureBands;
  }
}

}  // namespace tombola
