// What the button and the lights mean.
#include <doctest/doctest.h>

#include "firmware/core/panel/alarm.h"
#include "firmware/core/panel/button.h"
#include "firmware/core/panel/face.h"

namespace tombola {
namespace {

void Keep(Button* button, bool down, int blocks) {
  for (int i = 0; i < blocks; ++i) button->Process(down);
}

TEST_CASE("a press is told when the button is let go, once, bounces or not") {
  Button button;
  for (int i = 0; i < 9; ++i) button.Process(i % 2 == 0);
  Keep(&button, true, 100);
  CHECK_FALSE(button.TakePress());
  for (int i = 0; i < 9; ++i) button.Process(i % 2 == 0);
  Keep(&button, false, 100);
  CHECK(button.TakePress());
  CHECK_FALSE(button.TakePress());
  CHECK_FALSE(button.TakeHold());
}

TEST_CASE("a glitch is no press") {
  Button button;
  Keep(&button, true, Button::kBounce - 1);
  Keep(&button, false, 100);
  CHECK_FALSE(button.TakePress());
}

TEST_CASE("a hold is told while it lasts, once, and is no press") {
  Button button;
  Keep(&button, true, Button::kHold);
  CHECK_FALSE(button.TakeHold());
  Keep(&button, true, Button::kBounce);
  CHECK(button.TakeHold());
  Keep(&button, true, 5 * Button::kHold);
  Keep(&button, false, 100);
  CHECK_FALSE(button.TakeHold());
  CHECK_FALSE(button.TakePress());
}

TEST_CASE("presses wait for a main loop that is busy") {
  Button button;
  for (int i = 0; i < 3; ++i) {
    Keep(&button, true, 50);
    Keep(&button, false, 50);
  }
  for (int i = 0; i < 3; ++i) CHECK(button.TakePress());
  CHECK_FALSE(button.TakePress());
}

bool IsMeter(Lights lights) { return lights.mask == 0; }

TEST_CASE(
    "at rest the lights are the meter's, with a warning on the last one") {
  Face face;
  const Settings settings;
  CHECK(IsMeter(face.Show(settings, false, 0)));
  const Lights lit = face.Show(settings, true, 0);
  const Lights dark = face.Show(settings, true, 100);
  CHECK(lit.mask == 0x80);
  CHECK(dark.mask == 0x80);
  CHECK(lit.lit != dark.lit);
}

TEST_CASE("a slot is shown for a second, an error for two") {
  Face face;
  const Settings settings;
  CHECK(face.Press(0) == Wish::kNextTicket);
  face.ShowSlot(2, 100);
  CHECK(face.Show(settings, false, 1000).lit == 0x04);
  CHECK(IsMeter(face.Show(settings, false, 1100)));
  face.ShowSlot(8, 2000);
  CHECK(face.Show(settings, false, 2000).lit == 0x81);
  face.ShowError(8, 3000);
  CHECK(face.Show(settings, false, 3100).lit == 0x88);
  CHECK(face.Show(settings, false, 3600).lit == 0x80);
  CHECK(IsMeter(face.Show(settings, false, 5000)));
}

TEST_CASE("time may wrap around while something is shown") {
  Face face;
  const Settings settings;
  face.ShowSlot(0, UINT32_MAX - 10);
  CHECK(face.Show(settings, false, 20).lit == 0x01);
  CHECK(IsMeter(face.Show(settings, false, 2000)));
}

TEST_CASE("the menu goes through its entries and back to rest") {
  Face face;
  Settings settings;
  const Wish wishes[] = {Wish::kPitchSteps, Wish::kCvOut, Wish::kAudioIn,
                         Wish::kCalibrate};
  CHECK(face.Hold(0) == Wish::kNone);
  for (int entry = 0; entry < 4; ++entry) {
    CAPTURE(entry);
    CHECK((face.Show(settings, false, 0).lit & 0x0F) == 1 << entry);
    CHECK((face.Show(settings, false, 250).lit & 0x0F) == 0);
    CHECK(face.Hold(0) == wishes[entry]);
    CHECK(face.Press(0) == Wish::kNone);
  }
  CHECK(IsMeter(face.Show(settings, false, 0)));
}

TEST_CASE("the menu shows what is chosen, and leaves after ten seconds") {
  Face face;
  Settings settings;
  face.Hold(0);
  CHECK((face.Show(settings, false, 0).lit & 0xC0) == 0x40);
  settings.pitch_steps = PitchSteps::kSmooth;
  CHECK((face.Show(settings, false, 0).lit & 0xC0) == 0x80);
  face.Hold(9000);
  CHECK_FALSE(IsMeter(face.Show(settings, false, 18999)));
  CHECK(IsMeter(face.Show(settings, false, 19000)));
  CHECK(face.Press(19001) == Wish::kNextTicket);
}

TEST_CASE("the calibration waits for ever, and a hold leaves it") {
  Face face;
  const Settings settings;
  face.ShowStep(2, StepResult::kWaits);
  CHECK(face.Show(settings, false, 1000000).lit == 0x07);
  CHECK(face.Show(settings, false, 1000500).lit == 0x03);
  CHECK(face.Press(0) == Wish::kMeasure);
  face.ShowStep(2, StepResult::kMeasures);
  CHECK(face.Show(settings, false, 500).lit == 0x07);
  CHECK(face.Press(0) == Wish::kNone);
  face.ShowStep(2, StepResult::kRefused);
  CHECK(face.Press(0) == Wish::kMeasure);
  CHECK(face.Hold(0) == Wish::kCancel);
  CHECK(IsMeter(face.Show(settings, false, 0)));
  CHECK(AlarmLights(9, 0) == 0x89);
}

}  // namespace
}  // namespace tombola
