#include "firmware/core/dsp/pitch_tracker.h"

#include <algorithm>

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

// Of the low-pass: its -6 dB point, in turns a sample.
constexpr float kCutoff = 1400.0f / kSampleRate;

// 19 bits: 144 squares of differences are below 2^48, and a sound of -60 dBFS
// still has 9 bits.
constexpr float kScale = 524288.0f;

// -66 dBFS: the noise of a codec and of an unpatched jack are below.
constexpr float kQuiet = 0.0005f;

bool IsQuiet(const float* samples) {
  return std::all_of(samples, samples + kBlock, [](float sample) {
    return sample < kQuiet && sample > -kQuiet;
  });
}

// The normalised difference (equation 8 of the paper) below which a lag is a
// period. Its paper takes 0.1 for voices.
constexpr float kPeriodic = 0.12f;

// The difference of a steady tone is below this.
constexpr float kMixed = 0.01f;

// Periods that are half a semitone apart or less. An estimate counts when it
// agrees with the last block's: a slip hardly ever comes twice.
bool Agree(float period, float other) {
  constexpr float kNear = 0.03f;
  const float change = period - other;
  return change < kNear * period && change > -kNear * period;
}

// Blackman's window (Oppenheim and Schafer, section 7.5) at 0..1.
float Blackman(float place) {
  return 0.42f - 0.5f * SinTurns(place + 0.25f) +
         0.08f * SinTurns(2.0f * place + 0.25f);
}

// Where the parabola through three values, one apart, is lowest.
float Vertex(float before, float here, float after) {
  const float bend = before - 2.0f * here + after;
  return bend <= 0.0f ? 0.0f
                      : Clamp(0.5f * (before - after) / bend, -1.0f, 1.0f);
}

}  // namespace

void PitchTracker::Init() {
  float sum = 0.0f;
  for (int i = 0; i < kTaps; ++i) {
    const float away = static_cast<float>(i) - 0.5f * (kTaps - 1);
    const float sinc = SinTurns(kCutoff * away) / away;
    taps_[i] = sinc * Blackman((static_cast<float>(i) + 0.5f) / kTaps);
    sum += taps_[i];
  }
  for (float& tap : taps_) tap *= kScale / sum;
  std::fill_n(input_, kTaps + kBlock, 0.0f);
  std::fill_n(kept_, int{kKept}, 0);
  std::fill_n(long_, kLongest + 1, int64_t{0});
  std::fill_n(short_, kLongest + 1, int64_t{0});
  last_period_ = 0.0f;
  quiet_ = kRests;
  heard_ = false;
  note_ = 0.0f;
}

void PitchTracker::Decimate(const float* samples) {
  std::copy(input_ + kBlock, input_ + kTaps + kBlock, input_);
  std::copy_n(samples, kBlock, input_ + kTaps);
  std::copy(kept_ + kNew, kept_ + kKept, kept_);
  for (int i = 0; i < kNew; ++i) {
    const float* begin = input_ + (i + 1) * kDecimation;
    float sum = 0.0f;
#pragma GCC unroll 8
    for (int tap = 0; tap < kTaps; ++tap) sum += taps_[tap] * begin[tap];
    kept_[kKept - kNew + i] = Round(Clamp(sum, -kScale, kScale));
  }
}

// Of kNew samples to those `lag` before.
int64_t PitchTracker::Difference(const int32_t* samples, int lag) {
  int64_t sum = 0;
#pragma GCC unroll 8
  for (int i = 0; i < kNew; ++i) {
    const int64_t difference = samples[i] - samples[i - lag];
    sum += difference * difference;
  }
  return sum;
}

void PitchTracker::UpdateDifferences() {
  const int32_t* comes = kept_ + kKept - kNew;
  for (int lag = 1; lag <= kLongest; ++lag) {
    const int64_t come = Difference(comes, lag);
    long_[lag] += come - Difference(comes - kLong, lag);
    short_[lag] += come - Difference(comes - kShort, lag);
  }
}

// The first lag that is periodic enough, and the bottom of the dip there.
PitchTracker::Estimate PitchTracker::Search(const int64_t* differences) {
  float sum = 0.0f;
  float best = kPeriodic;
  int place = 0;
  for (int lag = 1; lag <= kLongest; ++lag) {
    const float difference = static_cast<float>(differences[lag]);
    sum += difference;
    if (lag < kShortest) continue;
    const float normalised = difference * static_cast<float>(lag);
    if (normalised < best * sum) {
      best = normalised / sum;
      place = lag;
    } else if (place != 0) {
      break;
    }
  }
  if (place == 0 || place == kLongest) return {0.0f, best};
  const float vertex = Vertex(static_cast<float>(differences[place - 1]),
                              static_cast<float>(differences[place]),
                              static_cast<float>(differences[place + 1]));
  return {static_cast<float>(place) + vertex, best};
}

// The short window's where the long one has none, or has the same but much
// worse, because it still reaches into what was before.
PitchTracker::Estimate PitchTracker::Choose() const {
  const Estimate lasting = Search(long_);
  const Estimate recent = Search(short_);
  if (lasting.period == 0.0f) return recent;
  const bool better = Agree(lasting.period, recent.period) &&
                      lasting.difference > kMixed &&
                      recent.difference < 0.25f * lasting.difference;
  return better ? recent : lasting;
}

void PitchTracker::Process(const float* samples) {
  quiet_ = IsQuiet(samples) ? std::min(quiet_ + 1, kRests) : 0;
  if (quiet_ == kRests) {
    heard_ = false;
    return;
  }
  Decimate(samples);
  UpdateDifferences();
  const float period = Choose().period;
  heard_ = period != 0.0f && Agree(period, last_period_);
  last_period_ = period;
  if (!heard_) return;
  constexpr float kRate = static_cast<float>(kSampleRate) / kDecimation;
  note_ = 69.0f + 12.0f * Log2(kRate / (440.0f * period));
}

}  // namespace tombola
