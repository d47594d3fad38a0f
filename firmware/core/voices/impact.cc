#include "firmware/core/voices/impact.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

constexpr float kFrameSeconds =
    static_cast<float>(kFrame) / static_cast<float>(kSampleRate);

constexpr float kShareFloor = 1e-6f;  // no division by silence

constexpr float kThousandth = -9.96578428f;  // log2 of -60 dB

float Cube(float x) { return x * x * x; }

// A time between two, in log steps.
float Seconds(float y, float low, float high) {
  return low * Exp2(y * Log2(high / low));
}

// What a frame leaves of what falls by 60 dB in so many seconds.
float FrameFactor(float seconds) {
  return Exp2(kThousandth * kFrameSeconds / seconds);
}

float DecayFactor(float y) {
  return FrameFactor(Seconds(y, kImpactDecayLow, kImpactDecayHigh));
}

}  // namespace

void ImpactVoice::Decay::Advance() {
  value *= factor;
  if (value < kImpactSilence) value = 0.0f;
}

void ImpactVoice::Init(NoiseShaper* shaper) {
  shaper_ = shaper;
  constexpr float kTop = 0.5f * kSampleRate;
  const float octaves = Log2(1.0f + kTop / kImpactBandCorner);
  for (int i = 0; i < kToneBands; ++i) {
    const float hertz = kTop * static_cast<float>(i) / (kToneBands - 1);
    place_[i] =
        (kImpactBands - 1) * Log2(1.0f + hertz / kImpactBandCorner) / octaves;
  }
  Stop();
  Reset();
}

void ImpactVoice::Stop() {
  std::fill_n(ratio_, kImpactModes, 1.0f);
  std::fill_n(mode_, kImpactModes, Decay());
  std::fill_n(band_, kImpactBands, Decay());
  bend_ = {};
  rise_ = rise_step_ = left_ = 0.0f;
  whole_ = 1.0f;
  strikes_ = true;
}

void ImpactVoice::Hit(const float* output) {
  const float* gains = output + 5;
  const float* offsets = gains + kImpactModes;
  const float* decays = offsets + kImpactModes;
  const float* band_gains = decays + kImpactModes;
  const float* band_decays = band_gains + kImpactBands;

  float sum = kShareFloor;
  for (int k = 0; k < kImpactModes; ++k) sum += Cube(gains[k]);
  const float amplitude = kImpactAmplitudeScale * Cube(output[0]) / sum;
  constexpr float kSpacing = kImpactModeOctaves / kImpactModes;
  for (int k = 0; k < kImpactModes; ++k) {
    const float mode = static_cast<float>(k) + offsets[k] - 0.5f;
    ratio_[k] = k == 0 ? 1.0f : Exp2(kSpacing * mode);
    mode_[k] = {amplitude * Cube(gains[k]), DecayFactor(decays[k])};
  }
  const float level = Cube(output[1]);
  for (int b = 0; b < kImpactBands; ++b) {
    band_[b] = {level * Cube(band_gains[b]), DecayFactor(band_decays[b])};
  }
  bend_ = {kImpactBendOctaves * output[2],
           FrameFactor(Seconds(output[3], kImpactBendLow, kImpactBendHigh))};
  const float attack = Seconds(output[4], kImpactAttackLow, kImpactAttackHigh);
  rise_ = kImpactAttackLow / attack;
  rise_step_ = kFrameSeconds / attack;
  whole_ = std::max(Sum(), kShareFloor);
  strikes_ = true;
}

float ImpactVoice::Sum() const {
  float sum = 0.0f;
  for (const Decay& mode : mode_) sum += mode.value;
  for (const Decay& band : band_) sum += band.value;
  return sum;
}

// Modes fade out below half the sample rate, so that none is mirrored.
void ImpactVoice::Weigh(float note, float bend, float* amplitudes) const {
  constexpr float kWidth = kTonePartialFadeHigh - kTonePartialFadeLow;
  const float frequency = NoteToHz(note) * bend;
  for (int k = 0; k < kImpactModes; ++k) {
    const float room = kTonePartialFadeHigh - ratio_[k] * frequency;
    amplitudes[k] = mode_[k].value * Clamp(room * (1.0f / kWidth), 0.0f, 1.0f);
  }
}

// Writes a frame of noise. False, and silence, where no band sounds.
bool ImpactVoice::DrawNoise(float* noise) {
  const bool sounds =
      std::any_of(band_, band_ + kImpactBands,
                  [](const Decay& band) { return band.value != 0.0f; });
  if (!sounds) {
    std::fill_n(noise, kNoiseFrame, 0.0f);
    return false;
  }
  float bands[kToneBands];
  for (int i = 0; i < kToneBands; ++i) {
    const int below = std::min(static_cast<int>(place_[i]), kImpactBands - 2);
    const float part = place_[i] - static_cast<float>(below);
    const float low = band_[below].value;
    bands[i] = rise_ * (low + part * (band_[below + 1].value - low));
  }
  shaper_->MakeFrame(bands, noise);
  return true;
}

void ImpactVoice::Advance() {
  for (Decay& mode : mode_) mode.Advance();
  for (Decay& band : band_) band.Advance();
  bend_.Advance();
  rise_ = std::min(rise_ + rise_step_, 1.0f);
}

// A frame of noise is loudest in its middle. So that it begins at once, the
// second half of one whose middle is the strike sounds as well.
void ImpactVoice::MakeFrame(float note, ImpactFrame* frame) {
  float begun[kFrame] = {};
  frame->strikes = strikes_;
  frame->sounds = false;
  left_ = Sum() / whole_;
  if (strikes_) {
    std::copy(ratio_, ratio_ + kImpactModes, frame->ratios);
    frame->struck_bend = Exp2(bend_.value);
    Weigh(note, frame->struck_bend, frame->struck);
    frame->sounds = DrawNoise(frame->noise);
    std::copy(frame->noise + kFrame, frame->noise + kNoiseFrame, begun);
    strikes_ = false;
  }
  Advance();
  frame->bend = Exp2(bend_.value);
  Weigh(note, frame->bend, frame->modes);
  frame->sounds |= DrawNoise(frame->noise);
  for (int i = 0; i < kFrame; ++i) frame->noise[i] += begun[i];
}

void ImpactVoice::Reset() {
  modes_.Init();
  noise_.Init();
}

void ImpactVoice::Start(const ImpactFrame& frame) {
  if (frame.strikes) {
    modes_.Strike(frame.ratios, frame.struck, frame.struck_bend);
  }
  modes_.RampTo(frame.modes, frame.bend);
  if (frame.sounds) noise_.Add(frame.noise);
}

void ImpactVoice::Render(float frequency, float* out) {
  modes_.Render(frequency, out);
  noise_.Render(out);
}

}  // namespace tombola
