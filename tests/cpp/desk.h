// A module on a desk, for the tests: all of it but its drivers.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
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

// Its main loop turns once a block.
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
  Slots& slots() { return slots_; }
  FrontPanel& panel() { return panel_; }
  TicketStore& store() { return store_; }
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

}  // namespace tombola
