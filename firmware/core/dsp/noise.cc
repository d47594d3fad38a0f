#include "firmware/core/dsp/noise.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

static_assert(InverseFft::kSize == kToneNoiseFft, "as in sound.toml");
constexpr int kBinsPerBand = (InverseFft::kBins - 1) / (kToneBands - 1);

}  // namespace

void NoiseShaper::Init() {
  fft_.Init();
  random_ = Xorshift();
  for (int i = 0; i < kNoiseFrame; ++i) {
    const float turns = (static_cast<float>(i) + 0.5f) / (2 * kNoiseFrame);
    // The inverse FFT's 1/N is here, where it costs nothing.
    window_[i] = SinTurns(turns) * (kToneNoiseGain / InverseFft::kSize);
  }
}

void NoiseShaper::Draw(float magnitude, Complex* bin) {
  const uint32_t bits = random_.Next();
  const float scaled = magnitude * (1.0f / 32768.0f);
  bin->re = scaled * static_cast<float>(static_cast<int16_t>(bits >> 16));
  bin->im = scaled * static_cast<float>(static_cast<int16_t>(bits));
}

void NoiseShaper::MakeFrame(const float* bands, float* frame) {
  Complex* bin = bins_;
  for (int b = 0; b < kToneBands - 1; ++b) {
    const float slope = (bands[b + 1] - bands[b]) * (1.0f / kBinsPerBand);
    for (int i = 0; i < kBinsPerBand; ++i) {
      Draw(bands[b] + slope * static_cast<float>(i), bin++);
    }
  }
  Draw(0.0f, bin);
  bins_[0] = {0.0f, 0.0f};
  fft_.Transform(bins_, samples_);
  for (int i = 0; i < kNoiseFrame; i += 2) {
    frame[i] = samples_[i / 2].re * window_[i];
    frame[i + 1] = samples_[i / 2].im * window_[i + 1];
  }
}

void OverlapAdd::Init() {
  std::fill_n(pending_, kNoiseFrame, 0.0f);
  played_ = 0;
}

void OverlapAdd::Add(const float* frame) {
  const int left = kNoiseFrame - played_;
  for (int i = 0; i < left; ++i) {
    pending_[i] = pending_[i + played_] + frame[i];
  }
  std::copy(frame + left, frame + kNoiseFrame, pending_ + left);
  played_ = 0;
}

void OverlapAdd::Render(float* out) {
  if (played_ == kNoiseFrame) return;
  for (int i = 0; i < kBlock; ++i) out[i] += pending_[played_ + i];
  played_ += kBlock;
}

}  // namespace tombola
