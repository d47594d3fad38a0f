#include "firmware/core/voices/tone.h"

#include "firmware/core/dsp/math.h"
#include "firmware/core/voices/sound_controls.h"

namespace tombola {
namespace {

// At either end of COLOR: 9 dB an octave on the partials, and 12 dB on the
// noise, in octaves of gain (6.02 dB).
constexpr float kPartialTilt = 9.0f / 6.0206f;
constexpr float kNoiseTilt = 12.0f / 6.0206f;

constexpr float kShareFloor = 1e-6f;  // no division by silence

// An output's amplitude. A sigmoid's is in 0..1; no other ticket's may make
// shares that cancel out, or infinite ones.
float Amplitude(float scale, int16_t output) {
  const float y = Clamp(scale * static_cast<float>(output), 0.0f, 1.0f);
  return y * y * y;
}

}  // namespace

void ToneVoice::Init(NoiseShaper* shaper) {
  shaper_ = shaper;
  for (int n = 0; n < kTonePartials; ++n) {
    octave_[n] = Log2(static_cast<float>(n + 1));
    gain_[n] = 1.0f;
  }
  noise_gain_ = 1.0f;
  tilt_ = 0.0f;
  Reset();
}

void ToneVoice::Reset() {
  partials_.Init();
  noise_.Init();
}

void ToneVoice::SetTilt(float color) {
  const float tilt = Tilt(color);
  if (tilt == tilt_) return;
  tilt_ = tilt;
  for (int n = 0; n < kTonePartials; ++n) {
    gain_[n] = Exp2(tilt * kPartialTilt * octave_[n]);
  }
  noise_gain_ = Exp2(tilt * kNoiseTilt);
}

void ToneVoice::MakeFrame(const ToneControls& controls, const int16_t* output,
                          float scale, ToneFrame* frame) {
  SetTilt(controls.color);
  const float fade = Fade(controls.loudness);
  const int16_t* share = output + 1;
  const int16_t* band = share + kTonePartials;

  // Partials fade out below half the sample rate, so that none is mirrored.
  const float frequency = NoteToHz(controls.note);
  float sum = kShareFloor;
  for (int n = 0; n < kTonePartials; ++n) {
    const float room =
        kTonePartialFadeHigh - static_cast<float>(n + 1) * frequency;
    constexpr float kWidth = kTonePartialFadeHigh - kTonePartialFadeLow;
    const float weight = Clamp(room * (1.0f / kWidth), 0.0f, 1.0f);
    frame->partials[n] = weight * gain_[n] * Amplitude(scale, share[n]);
    sum += frame->partials[n];
  }
  const float amplitude =
      kToneAmplitudeScale * fade * Amplitude(scale, output[0]) / sum;
  for (float& partial : frame->partials) partial *= amplitude;

  float bands[kToneBands];
  const float gain = fade * noise_gain_;
  for (int b = 0; b < kToneBands; ++b) {
    bands[b] = gain * Amplitude(scale, band[b]);
  }
  shaper_->MakeFrame(bands, frame->noise);
}

void ToneVoice::Start(const ToneFrame& frame) {
  partials_.SetAmplitudes(frame.partials);
  noise_.Add(frame.noise);
}

void ToneVoice::Render(float frequency, float* out) {
  partials_.Render(frequency, out);
  noise_.Render(out);
}

}  // namespace tombola
