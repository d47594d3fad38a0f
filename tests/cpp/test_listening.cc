// The pitch and the loudness of what comes in at IN.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "firmware/core/dsp/loudness.h"
#include "firmware/core/dsp/pitch_tracker.h"
#include "firmware/core/dsp/xorshift.h"

namespace tombola {
namespace {

const double kTau = 2.0 * std::acos(-1.0);

// A period of a sound, by the part of it that is over, 0..1.
using Shape = std::function<double(double)>;

const Shape kSine = [](double part) { return std::sin(kTau * part); };
const Shape kSaw = [](double part) { return 2.0 * part - 1.0; };
const Shape kSquare = [](double part) { return part < 0.5 ? 1.0 : -1.0; };
const Shape kPulse = [](double part) { return part < 0.1 ? 1.0 : -0.1; };
// The third to the sixth partial.
const Shape kNoFundamental = [](double part) {
  double sum = 0.0;
  for (int n = 3; n <= 6; ++n) sum += 0.25 * std::sin(kTau * n * part);
  return sum;
};

struct Tone {
  Shape shape;
  double level = 0.3;
  double vibrato = 0.0;  // cents either way, at 5 Hz
  double noise = 0.0;
};

class Source {
 public:
  explicit Source(const Tone& tone) : tone_(tone) {}

  void Fill(double hertz, float* samples) {
    for (int i = 0; i < kBlock; ++i) {
      const double bend = tone_.vibrato * std::sin(kTau * 5.0 * time_);
      part_ += hertz * std::exp2(bend / 1200.0) / kSampleRate;
      part_ -= std::floor(part_);
      time_ += 1.0 / kSampleRate;
      const double noise = random_.Next() / 2147483648.0 - 1.0;
      samples[i] = static_cast<float>(tone_.level * tone_.shape(part_) +
                                      tone_.noise * noise);
    }
  }

 private:
  Tone tone_;
  Xorshift random_;
  double part_ = 0.0;
  double time_ = 0.0;
};

double Cents(float note, double hertz) {
  return 100.0 * (note - 69.0) - 1200.0 * std::log2(hertz / 440.0);
}

// Blocks until a tone's pitch was within 10 cents, and stayed so.
int Onset(const Tone& tone, double hertz) {
  PitchTracker tracker;
  tracker.Init();
  Source source(tone);
  float samples[kBlock] = {};
  for (int block = 0; block < 50; ++block) tracker.Process(samples);
  int onset = 0;
  for (int block = 0; block < 200; ++block) {
    source.Fill(hertz, samples);
    tracker.Process(samples);
    const double cents = std::fabs(Cents(tracker.note(), hertz));
    if (!tracker.heard() || cents > 10.0) onset = block + 1;
  }
  return onset;
}

TEST_CASE("a pitch is within 10 cents 30 ms after its onset, 60 Hz to 1 kHz") {
  const Tone tones[] = {{kSine}, {kSaw}, {kSquare}};
  for (const Tone& tone : tones) {
    for (double hertz = 60.0; hertz <= 1000.0; hertz *= 1.037) {
      CAPTURE(hertz);
      CAPTURE(&tone - tones);
      CHECK(Onset(tone, hertz) < 30);
    }
  }
}

// 9 ms of it can be without any event.
TEST_CASE("a narrow pulse's pitch is right after 40 ms") {
  for (double hertz = 60.0; hertz <= 1000.0; hertz *= 1.037) {
    CAPTURE(hertz);
    CHECK(Onset({kPulse}, hertz) < 40);
  }
}

TEST_CASE("a pitch is heard without its fundamental, with noise, and quietly") {
  for (const double hertz : {70.0, 110.0, 196.0, 330.0}) {
    CAPTURE(hertz);
    CHECK(Onset({kNoFundamental}, hertz) < 30);
    CHECK(Onset({kSaw, 0.3, 0.0, 0.03}, hertz) < 40);
    CHECK(Onset({kSaw, 0.001}, hertz) < 30);
  }
}

TEST_CASE("a vibrato is followed") {
  PitchTracker tracker;
  tracker.Init();
  Source source({kSaw, 0.3, 50.0});
  float samples[kBlock];
  float low = 200.0f, high = 0.0f;
  for (int block = 0; block < 1000; ++block) {
    source.Fill(220.0, samples);
    tracker.Process(samples);
    if (block < 50) continue;
    REQUIRE(tracker.heard());
    low = std::min(low, tracker.note());
    high = std::max(high, tracker.note());
  }
  CHECK(low == doctest::Approx(57.0 - 0.5).epsilon(0.001));
  CHECK(high == doctest::Approx(57.0 + 0.5).epsilon(0.001));
}

TEST_CASE("noise and silence have no pitch, and the last one stays") {
  PitchTracker tracker;
  tracker.Init();
  Source tone({kSaw});
  Source noise({kSine, 0.0, 0.0, 0.5});
  float samples[kBlock] = {};
  for (int block = 0; block < 100; ++block) {
    tone.Fill(150.0, samples);
    tracker.Process(samples);
  }
  std::fill_n(samples, int{kBlock}, 0.0f);
  for (int block = 0; block < 1000; ++block) tracker.Process(samples);
  CHECK_FALSE(tracker.heard());
  CHECK(std::fabs(Cents(tracker.note(), 150.0)) < 100.0);
  int heard = 0;
  for (int block = 0; block < 5000; ++block) {
    noise.Fill(0.0, samples);
    tracker.Process(samples);
    heard += tracker.heard();
  }
  CHECK(heard < 25);
}

double SineLoudness(double hertz, double level, int blocks = 100) {
  Loudness loudness;
  loudness.Init();
  Source source({kSine, level});
  float samples[kBlock];
  float decibels = 0.0f;
  for (int block = 0; block < blocks; ++block) {
    source.Fill(hertz, samples);
    decibels = loudness.Process(samples);
  }
  return decibels;
}

TEST_CASE("loudness is A-weighted RMS in dB, and settles in 25 ms") {
  // IEC 61672-1, table 3.
  const double kWeights[][2] = {{63.0, -26.2}, {125.0, -16.1}, {250.0, -8.6},
                                {500.0, -3.2}, {1000.0, 0.0},  {2000.0, 1.2},
                                {4000.0, 1.0}, {8000.0, -1.1}};
  for (const auto& [hertz, weight] : kWeights) {
    CAPTURE(hertz);
    CHECK(SineLoudness(hertz, 1.0) ==
          doctest::Approx(weight - 3.01).epsilon(0.001).scale(700.0));
  }
  CHECK(SineLoudness(440.0, 0.01) - SineLoudness(440.0, 1.0) ==
        doctest::Approx(-40.0).epsilon(0.001));
  CHECK(SineLoudness(440.0, 0.1, 28) - SineLoudness(440.0, 0.1) ==
        doctest::Approx(0.0).scale(1.0).epsilon(0.1));
  CHECK(SineLoudness(440.0, 0.0) == -100.0);
}

}  // namespace
}  // namespace tombola
