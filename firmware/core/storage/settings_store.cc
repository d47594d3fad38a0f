#include "firmware/core/storage/settings_store.h"

#include <cstring>

namespace tombola {

void SettingsStore::Init(FlashDevice* flash) {
  store_.Init(flash, kSettingsAt, kSettingsMagic);
  settings_ = store_.record();
  has_saved_ = false;
}

const char* SettingsStore::Set(const Settings& settings) {
  settings_ = settings;
  return Validate(&settings_);
}

bool SettingsStore::dirty() const {
  uint8_t held[Settings::kBytes], kept[Settings::kBytes];
  Pack(settings_, held);
  Pack(store_.record(), kept);
  return std::memcmp(held, kept, sizeof(held)) != 0;
}

bool SettingsStore::Save(uint32_t now) {
  if (!dirty()) return true;
  if (has_saved_ && now - last_save_ < kSaveInterval) return true;
  has_saved_ = true;
  last_save_ = now;
  return store_.Save(settings_);
}

}  // namespace tombola
