// The whole of what the button does: slots, settings and the calibration.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "firmware/core/storage/settings_store.h"
#include "firmware/core/storage/ticket_store.h"
#include "firmware/module/front_panel.h"
#include "firmware/module/preferences.h"
#include "firmware/module/slots.h"
#include "tests/cpp/player.h"
#include "tests/cpp/ram_flash.h"

namespace tombola {
namespace {

// A module without its drivers: the main loop turns once a block.
class Desk {
 public:
  Desk() : built_in_(ReadTicket(kSmallTicket)), images_(2 * kAreaBytes / 8) {
    store_.Init(&flash_);
  }

  void Put(int slot, const char* path) {
    const std::vector<uint8_t> ticket = ReadTicket(path);
    HeaderRecord header;
    std::memcpy(&header, ticket.data(), sizeof(header));
    REQUIRE(store_.Begin(slot, header.size, header.checksum) ==
            StoreError::kNone);
    REQUIRE(
        store_.Write(0, ticket.data(), static_cast<uint32_t>(ticket.size())) ==
        StoreError::kNone);
    REQUIRE(store_.Commit() == StoreError::kNone);
  }

  void Start() {
    preferences_.Init(&flash_, &instrument());
    uint8_t* images = reinterpret_cast<uint8_t*>(images_.data());
    const Slots::Memory memory = {
        {built_in_.data(), static_cast<uint32_t>(built_in_.size())},
        {images, images + kAreaBytes},
        player_.memory(),
        kMaxArenaBytes};
    REQUIRE(slots_.Init(memory, &store_, &instrument(),
                        preferences_.settings().slot) == nullptr);
    preferences_.Init(&flash_, &instrument());
    panel_.Init(&instrument(), &slots_, &preferences_);
    Run(20);
  }

  void Run(int blocks) {
    for (int i = 0; i < blocks; ++i) {
      if (patched_) SetVOct(CvOut());
      player_.Play(true);
      panel_.Process(now_++, false, false);
      preferences_.Save(now_);
    }
  }

  void Press() { Push(100); }
  void Hold() { Push(1100); }

  void SetVOct(double volts) {
    const CvRange& range = kCvRanges[kCvVOct];
    const double part = (volts - range.volts_at_zero) /
                        (range.volts_at_full - range.volts_at_zero);
    player_.input().cv[kCvVOct] = static_cast<uint16_t>(part * 65535.0 + 0.5);
  }

  // A cable from CV to V/OCT.
  void Patch(bool patched) { patched_ = patched; }

  Instrument& instrument() { return player_.instrument(); }
  Player& player() { return player_; }
  RamFlash& flash() { return flash_; }
  const TicketStore& store() const { return store_; }
  Slots& slots() { return slots_; }
  Preferences& preferences() { return preferences_; }
  uint8_t lights() const { return player_.output().lights; }

  // What a module finds that starts with this flash.
  Settings Stored() {
    SettingsStore store;
    store.Init(&flash_);
    return store.settings();
  }

 private:
  // Volts at the jack CV of a board that is exact.
  double CvOut() const { return -5.0 + 10.0 * player_.output().cv / 4095.0; }

  void Push(int blocks) {
    player_.Press(true);
    Run(blocks);
    player_.Press(false);
    Run(100);
  }

  std::vector<uint8_t> built_in_;
  std::vector<uint64_t> images_;
  RamFlash flash_;
  TicketStore store_;
  Player player_;
  Slots slots_;
  Preferences preferences_;
  FrontPanel panel_;
  uint32_t now_ = 0;
  bool patched_ = false;
};

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
