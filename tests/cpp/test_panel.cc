// The panel's words, turned into what the instrument plays from.
#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/panel/follower.h"
#include "firmware/core/panel/level_meter.h"
#include "firmware/core/panel/panel.h"
#include "firmware/core/panel/place.h"

namespace tombola {
namespace {

uint16_t CvWord(Cv cv, double volts) {
  const CvRange& range = kCvRanges[cv];
  const double part = (volts - range.volts_at_zero) /
                      (range.volts_at_full - range.volts_at_zero);
  return static_cast<uint16_t>(std::lround(part * 65535.0));
}

// All jacks at 0 V, all knobs at noon.
PanelInput AtRest() {
  PanelInput input = {};
  for (int i = 0; i < kCvCount; ++i) {
    input.cv[i] = CvWord(static_cast<Cv>(i), 0.0);
  }
  input.knob = 32768;
  return input;
}

void Run(Panel* panel, const PanelInput& input, int blocks) {
  for (int i = 0; i < blocks; ++i) panel->Process(input);
}

TEST_CASE("the multiplexer's words go to the knobs in the panel's order") {
  Panel panel;
  panel.Init();
  PanelInput input = AtRest();
  for (int i = 0; i < kKnobCount; ++i) {
    REQUIRE(panel.knob_select() == i);
    input.knob = static_cast<uint16_t>(8000 * i);
    panel.Process(input);
  }
  CHECK(panel.knob_select() == 0);
  const Patch& patch = panel.patch();
  CHECK(patch.transpose == -24.0f);
  CHECK(patch.x == doctest::Approx(8000.0 / 65535));
  CHECK(patch.y == doctest::Approx(16000.0 / 65535));
  CHECK(patch.color == doctest::Approx(24000.0 / 65535));
  CHECK(patch.shape == doctest::Approx(32000.0 / 65535));
  CHECK(patch.level == doctest::Approx(40000.0 / 65535));
  CHECK(patch.ticket == doctest::Approx(48000.0 / 65535));
  CHECK(patch.answer == doctest::Approx(56000.0 / 65535));
}

TEST_CASE("gates read low until every knob is known") {
  Panel panel;
  panel.Init();
  PanelInput input = AtRest();
  input.gates = kGateBit | kDrawBit;
  for (int i = 0; i < kKnobCount - 1; ++i) {
    panel.Process(input);
    REQUIRE_FALSE(panel.modulations().gate);
    REQUIRE_FALSE(panel.modulations().draw);
  }
  panel.Process(input);
  CHECK(panel.modulations().gate);
  CHECK(panel.modulations().draw);
}

TEST_CASE("V/OCT is right to 0.2 cent, within one block of a semitone's step") {
  Panel panel;
  panel.Init();
  PanelInput input = AtRest();
  for (double volts = -3.0; volts <= 7.0; volts += 1.0 / 12.0) {
    input.cv[kCvVOct] = CvWord(kCvVOct, volts);
    panel.Process(input);
    REQUIRE(std::fabs(panel.modulations().note - 12.0 * volts) < 0.002);
  }
}

TEST_CASE("a noisy PITCH knob at noon is exactly 0, and each step is reached") {
  Panel panel;
  panel.Init();
  Xorshift random;
  PanelInput input = AtRest();
  for (int i = 0; i < 4000; ++i) {
    input.knob = static_cast<uint16_t>(32768 - 400 + random.Next() % 800);
    panel.Process(input);
    REQUIRE(panel.patch().transpose == 0.0f);
  }
  for (int step = -24; step <= 24; ++step) {
    input.knob = static_cast<uint16_t>((step + 24) * 65535 / 48);
    Run(&panel, input, kKnobCount);
    REQUIRE(panel.patch().transpose == static_cast<float>(step));
  }
}

TEST_CASE("noise between two steps of the PITCH knob does not toggle it") {
  Panel panel;
  panel.Init();
  Xorshift random;
  PanelInput input = AtRest();
  constexpr int kBorder = 65536 / 2 + 65536 / 96;
  input.knob = kBorder;
  Run(&panel, input, kKnobCount);
  const float step = panel.patch().transpose;
  for (int i = 0; i < 4000; ++i) {
    input.knob = static_cast<uint16_t>(kBorder - 60 + random.Next() % 120);
    panel.Process(input);
    REQUIRE(panel.patch().transpose == step);
  }
}

TEST_CASE("a follower takes 12 dB off noise and settles on the word") {
  Follower follower;
  follower.Init();
  Xorshift random;
  double noise = 0.0, followed = 0.0;
  for (int i = 0; i < 10000; ++i) {
    const int word = 40000 + static_cast<int>(random.Next() % 9) - 4;
    const double error =
        follower.Process(static_cast<uint16_t>(word)) - 40000.0;
    noise += (word - 40000) * (word - 40000);
    followed += error * error;
  }
  CHECK(followed < noise / 16.0);
  for (const int word : {0, 100, 40, 65535, 65500}) {
    float value = 0.0f;
    for (int i = 0; i < 300; ++i) {
      value = follower.Process(static_cast<uint16_t>(word));
    }
    CHECK(std::fabs(value - static_cast<float>(word)) < 0.01f);
  }
}

TEST_CASE("a knob and its CV add up, within 0..1") {
  CHECK(Modulate(0.5f, 0.0f) == 0.5f);
  CHECK(Modulate(0.25f, 5.0f) == 0.75f);
  CHECK(Modulate(0.9f, 5.2f) == 1.0f);
  CHECK(Modulate(0.1f, -5.2f) == 0.0f);
}

TEST_CASE(
    "DRAW replaces the place until a knob turns, and holds it while high") {
  Patch patch = {};
  patch.x = 0.2f;
  patch.y = 0.3f;
  Modulations modulations = {};
  Place place;
  place.Init();
  place.Process(patch, modulations);
  CHECK(place.x() == 0.2f);
  CHECK(place.y() == 0.3f);

  modulations.draw = true;
  place.Process(patch, modulations);
  const float x = place.x();
  const float y = place.y();
  CHECK(x != 0.2f);
  CHECK(y != 0.3f);
  modulations.x = 1.0f;
  patch.y = 0.9f;
  place.Process(patch, modulations);
  CHECK(place.x() == x);
  CHECK(place.y() == y);

  patch.y = 0.31f;
  modulations.draw = false;
  place.Process(patch, modulations);
  CHECK(place.x() == Modulate(x, 1.0f));
  CHECK(place.y() == y);
  patch.y = 0.35f;
  place.Process(patch, modulations);
  CHECK(place.x() == Modulate(0.2f, 1.0f));
  CHECK(place.y() == 0.35f);
}

TEST_CASE("every DRAW is another place in the plane") {
  Patch patch = {};
  Modulations modulations = {};
  Place place;
  place.Init();
  float x = 0.0f, sum = 0.0f;
  for (int i = 0; i < 1000; ++i) {
    modulations.draw = true;
    place.Process(patch, modulations);
    REQUIRE(place.x() != x);
    REQUIRE(place.x() >= 0.0f);
    REQUIRE(place.x() <= 1.0f);
    x = place.x();
    sum += x;
    modulations.draw = false;
    place.Process(patch, modulations);
  }
  CHECK(sum == doctest::Approx(500.0).epsilon(0.05));
}

TEST_CASE("the level meter's lights are 6 dB apart and go out") {
  LevelMeter meter;
  meter.Init();
  CHECK(meter.Process(0) == 0x00);
  CHECK(meter.Process(1 << 15) == 0x01);
  CHECK(meter.Process(1 << 22) == 0xFF);
  CHECK(meter.Process((1 << 23) - 1) == 0xFF);
  uint8_t lights = 0xFF;
  int blocks = 0;
  while (lights != 0 && blocks < 2000) {
    lights = meter.Process(0);
    ++blocks;
  }
  CHECK(blocks < 1000);
}

}  // namespace
}  // namespace tombola
