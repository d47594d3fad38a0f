// The whole of what the button does: slots, settings and the calibration.
#include <doctest/doctest.h>

#include <cstdint>

#include "firmware/core/storage/settings_store.h"
#include "firmware/core/storage/ticket_store.h"
#include "firmware/module/slots.h"
#include "tests/cpp/desk.h"
#include "tests/cpp/player.h"

namespace tombola {
namespace {

TEST_CASE("a press goes through the slots that have a ticket, in their order") {
  Desk desk;
  desk.Put(1, kFactoryTicket);
  desk.Put(6, kSmallTicket);
  desk.Start();
  CHECK(desk.slots().playing() == Slots::kBuiltIn);
  for (const int slot : {1, 6, 8, 1}) {
    desk.Press();
    CHECK(desk.slots().playing() == slot);
    CHECK(desk.lights() == (slot == 8 ? 0x81 : 1 << slot));
    desk.Run(1100);
    CHECK(desk.player().peak() > 0);
  }
  CHECK(desk.Stored().slot == 1);
}

TEST_CASE("the next ticket waits for the one that is coming in") {
  Desk desk;
  desk.Put(0, kFactoryTicket);
  desk.Put(1, kSmallTicket);
  desk.Start();
  desk.player().Press(true);
  desk.Run(30);
  desk.player().Press(false);
  desk.Run(11);
  CHECK(desk.slots().busy());
  desk.player().Press(true);
  desk.Run(11);
  desk.player().Press(false);
  desk.Run(100);
  CHECK(desk.slots().playing() == 1);
  CHECK_FALSE(desk.slots().busy());
}

TEST_CASE("a slot that went bad is refused, and the button gets past it") {
  Desk desk;
  desk.Put(0, kFactoryTicket);
  desk.Put(1, kSmallTicket);
  desk.Start();
  const TicketStore& store = desk.store();
  const uint32_t at =
      static_cast<uint32_t>(store.Get(0).image - desk.flash().Data());
  desk.flash().bytes()[at + 1000] ^= 1;
  desk.Press();
  CHECK(desk.slots().playing() == Slots::kBuiltIn);
  CHECK((desk.lights() | 8) == 0x88);
  CHECK(desk.player().peak() > 0);
  desk.Press();
  CHECK(desk.slots().playing() == 1);
}

TEST_CASE("a module whose slot is gone starts with the ticket built in") {
  Desk desk;
  Settings settings;
  settings.slot = 3;
  SettingsStore store;
  store.Init(&desk.flash());
  store.Set(settings);
  REQUIRE(store.Save(0));
  desk.Start();
  CHECK(desk.slots().playing() == Slots::kBuiltIn);
  CHECK(desk.player().peak() > 0);
}

TEST_CASE("the menu changes the settings, and they are kept") {
  Desk desk;
  desk.Start();
  desk.Hold();  // the menu
  desk.Hold();  // PITCH: smooth
  desk.Press();
  desk.Hold();  // CV: pitch
  desk.Press();
  desk.Hold();  // IN: off
  desk.Run(3000);
  CHECK(desk.Stored().pitch_steps == PitchSteps::kSmooth);
  CHECK(desk.Stored().cv_out == CvOut::kPitch);
  CHECK(desk.Stored().audio_in == AudioIn::kOff);
  CHECK(desk.slots().playing() == Slots::kBuiltIn);
}

// The steps up to the one with the cable.
void CalibrateOctaves(Desk* desk) {
  desk->Hold();
  for (int i = 0; i < 3; ++i) desk->Press();
  desk->Hold();
  for (const double volts : {0.0, 1.01, 3.03, 5.05}) {
    desk->SetVOct(volts);
    desk->Run(50);
    desk->Press();
    desk->Run(600);
  }
}

TEST_CASE("the module calibrates itself, and keeps it once all is right") {
  Desk desk;
  desk.Start();
  CalibrateOctaves(&desk);
  CHECK((desk.lights() & 0x0F) == 0x0F);
  desk.SetVOct(-2.5);
  desk.Run(1000);
  desk.Patch(true);
  desk.Press();
  desk.Run(1300);
  desk.Patch(false);
  desk.SetVOct(2.02);
  desk.Run(50);
  CHECK(desk.preferences().calibration().cv_zero_volts[0] ==
        Calibration().cv_zero_volts[0]);
  desk.Press();
  desk.Run(500);
  CHECK(desk.lights() == 0xFF);
  const Calibration& now = desk.preferences().calibration();
  CHECK(now.cv_full_volts[0] - now.cv_zero_volts[0] ==
        doctest::Approx(
            (Calibration().cv_full_volts[0] - Calibration().cv_zero_volts[0]) /
            1.01));
  CHECK(desk.instrument().Look().cv_volts[0] ==
        doctest::Approx(2.0).epsilon(0.001));
}

TEST_CASE("a calibration that is left changes nothing") {
  Desk desk;
  desk.Start();
  CalibrateOctaves(&desk);
  desk.Hold();
  desk.Run(3000);
  CHECK(desk.preferences().calibration().cv_zero_volts[0] ==
        Calibration().cv_zero_volts[0]);
  CHECK(desk.instrument().Look().cv_volts[0] == doctest::Approx(5.05));
}

}  // namespace
}  // namespace tombola
