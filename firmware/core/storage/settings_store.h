// The player's settings: changed at any time, written to flash now and then.
#pragma once

#include <cstdint>

#include "firmware/core/storage/record_store.h"

namespace tombola {

// All of it is the main loop's. Settings that change all the time are written
// every two seconds: the chip's 100,000 erasures, each for 16 saves and in
// turns of two sectors, are then enough for 74 days of turning without a pause.
class SettingsStore {
 public:
  static constexpr uint32_t kSaveInterval = 2000;  // ms, at the least

  void Init(FlashDevice* flash);

  // What holds now, whether it is in flash yet or not.
  const Settings& settings() const { return settings_; }
  RecordState state() const { return store_.state(); }
  const char* field() const { return store_.field(); }

  // Brings settings within their limits and lets them hold. Returns the first
  // field that was not, or nullptr. Default settings are Settings().
  const char* Set(const Settings& settings);

  // Whether what holds is not in flash yet.
  bool dirty() const;

  // Writes what is not in flash yet, unless it did so less than kSaveInterval
  // ago. `now` is in ms and may wrap around. False when the chip refused; then
  // it is tried again an interval later.
  bool Save(uint32_t now);

 private:
  RecordStore<Settings> store_;
  Settings settings_;
  bool has_saved_ = false;
  uint32_t last_save_ = 0;
};

}  // namespace tombola
