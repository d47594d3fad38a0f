// The settings and the calibration in force: in flash, and in the instrument.
#pragma once

#include <cstdint>
#include <cstring>

#include "firmware/core/storage/fields.h"
#include "firmware/core/storage/settings_store.h"
#include "firmware/module/instrument.h"

namespace tombola {

// All of it is the main loop's.
class Preferences {
 public:
  // Reads both from flash, and has the instrument play by them.
  void Init(FlashDevice* flash, Instrument* instrument) {
    instrument_ = instrument;
    settings_.Init(flash);
    calibration_.Init(flash);
    Apply();
  }

  const Settings& settings() const { return settings_.settings(); }
  const Calibration& calibration() const { return calibration_.calibration(); }

  // Lets settings hold, brought within their limits; Save writes them. Returns
  // the first field that was out of its limits, or nullptr.
  const char* Set(const Settings& settings) {
    const char* field = settings_.Set(settings);
    Apply();
    return field;
  }

  // Writes a calibration, and then lets it hold. False when the flash chip
  // refuses; then the old one holds.
  bool Set(const Calibration& calibration) {
    if (IsSame(calibration, this->calibration())) return true;
    if (!calibration_.Save(calibration)) return false;
    Apply();
    return true;
  }

  // Writes the settings if they were changed, not more often than every two
  // seconds. `now` is in ms.
  void Save(uint32_t now) { settings_.Save(now); }

 private:
  static bool IsSame(const Calibration& a, const Calibration& b) {
    uint8_t bytes[2][Calibration::kBytes];
    Pack(a, bytes[0]);
    Pack(b, bytes[1]);
    return std::memcmp(bytes[0], bytes[1], Calibration::kBytes) == 0;
  }

  void Apply() { instrument_->Apply(settings(), calibration()); }

  Instrument* instrument_ = nullptr;
  SettingsStore settings_;
  CalibrationStore calibration_;
};

}  // namespace tombola
