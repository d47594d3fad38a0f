#include "firmware/core/dsp/pqmf.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

// Twice the cosine, and the root of the number of bands: white noise of one
// RMS in each band is white noise of that RMS.
constexpr float kScale = 2.0f * 4.0f;
static_assert(kTextureBands == 4 * 4, "the root in kScale");

// The modified Bessel function I0 of beta * sqrt(inside), by its power series;
// for a beta of up to 10 the terms that are left out are below 1e-9 of it.
float Bessel(float beta, float inside) {
  constexpr int kTerms = 30;
  const float quarter = 0.25f * beta * beta * inside;
  float term = 1.0f;
  float sum = 1.0f;
  for (int n = 1; n < kTerms; ++n) {
    term *= quarter / static_cast<float>(n * n);
    sum += term;
  }
  return sum;
}

// The low-pass: a sinc in a Kaiser window.
float LowPass(int sample) {
  constexpr float kMiddle = 0.5f * (kTextureFilter - 1);
  const float time = static_cast<float>(sample) - kMiddle;
  const float turns = 0.5f * (kTextureCutoff / kTextureBands) * time;
  const float sinc = SinTurns(turns) / (kPi * time);
  const float place = time * (1.0f / kMiddle);
  return sinc * Bessel(kTextureKaiser, 1.0f - place * place) /
         Bessel(kTextureKaiser, 1.0f);
}

}  // namespace

void BandSynthesis::Init() {
  for (int n = 0; n < kTextureFilter; ++n) {
    const float sign = (n / kPeriod) % 2 == 0 ? kScale : -kScale;
    window_[n] = sign * LowPass(n);
  }
  // cos(pi (k + 1/2) / kBands * (j - middle) -+ pi / 4), in whole parts of a
  // turn so that nothing rounds.
  constexpr int kTurn = 8 * kBands;
  for (int j = 0; j < kPeriod; ++j) {
    for (int k = 0; k < kBands; ++k) {
      const int phase = k % 2 == 0 ? -kTurn / 8 : kTurn / 8;
      const int angle = (2 * k + 1) * (2 * j + 1 - kTextureFilter) + phase;
      const int cosine = (angle + kTurn / 4) & (kTurn - 1);
      cosine_[j][k] = SinTurns(static_cast<float>(cosine) * (1.0f / kTurn));
    }
  }
  Reset();
}

void BandSynthesis::Reset() {
  std::fill_n(pending_[0], kHops * kBands, 0.0f);
  first_ = 0;
}

void BandSynthesis::Render(const float* bands, float* out) {
  float modulated[2][kBands];
  for (int j = 0; j < kPeriod; ++j) {
    float sum = 0.0f;
    for (int k = 0; k < kBands; ++k) sum += cosine_[j][k] * bands[k];
    modulated[j / kBands][j % kBands] = sum;
  }
  const float* window = window_;
  int place = first_;
  for (int hop = 0; hop < kHops; ++hop) {
    const float* cosines = modulated[hop % 2];
    for (int i = 0; i < kBands; ++i) {
      pending_[place][i] += window[i] * cosines[i];
    }
    window += kBands;
    place = place + 1 == kHops ? 0 : place + 1;
  }
  std::copy_n(pending_[first_], kBands, out);
  std::fill_n(pending_[first_], kBands, 0.0f);
  first_ = first_ + 1 == kHops ? 0 : first_ + 1;
}

}  // namespace tombola
