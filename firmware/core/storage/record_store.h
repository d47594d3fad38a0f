// A record of fields (generated/settings.h) in a journal of its own.
#pragma once

#include <cstdint>

#include "firmware/core/storage/fields.h"
#include "firmware/core/storage/flash_map.h"
#include "firmware/core/storage/journal.h"
#include "firmware/generated/settings.h"

namespace tombola {

// What was found in flash. From kBlank on, the defaults hold.
enum class RecordState : uint8_t {
  kSound,
  kOlder,  // what it lacks has its default
  kNewer,  // what is not known was left out
  kBlank,
  kDamaged,
  kNoFlash,
};

// One sentence for a person.
const char* Describe(RecordState state);

template <typename Record>
class RecordStore {
 public:
  void Init(FlashDevice* flash, uint32_t offset, uint32_t magic) {
    journal_.Init(flash, offset, magic);
    record_ = Record();
    field_ = nullptr;
    if (journal_.body() == nullptr) {
      state_ = !journal_.has_flash() ? RecordState::kNoFlash
               : journal_.blank()    ? RecordState::kBlank
                                     : RecordState::kDamaged;
      return;
    }
    const int newer = journal_.version() - Record::kVersion;
    state_ = newer == 0  ? RecordState::kSound
             : newer < 0 ? RecordState::kOlder
                         : RecordState::kNewer;
    record_ = Unpack<Record>(journal_.body(), journal_.size());
    field_ = Validate(&record_);
  }

  const Record& record() const { return record_; }

  // What Init found, and the first field that was out of its range, or nullptr.
  RecordState state() const { return state_; }
  const char* field() const { return field_; }

  // Brings a record within its limits and writes it. False when the chip
  // refuses; then record() stays what it was.
  bool Save(Record record) {
    static_assert(Record::kBytes <= Journal::kMaxBody, "a record fits a page");
    Validate(&record);
    uint8_t bytes[Record::kBytes];
    Pack(record, bytes);
    if (!journal_.Append(Record::kVersion, bytes, sizeof(bytes))) return false;
    record_ = record;
    return true;
  }

 private:
  Journal journal_;
  Record record_;
  RecordState state_ = RecordState::kNoFlash;
  const char* field_ = nullptr;
};

constexpr uint32_t kSettingsMagic = 0x54455354;     // "TSET"
constexpr uint32_t kCalibrationMagic = 0x4c414354;  // "TCAL"

// The calibration: saved when a person asks for it, and by nothing else.
class CalibrationStore {
 public:
  void Init(FlashDevice* flash) {
    store_.Init(flash, kCalibrationAt, kCalibrationMagic);
  }
  const Calibration& calibration() const { return store_.record(); }
  RecordState state() const { return store_.state(); }
  const char* field() const { return store_.field(); }
  bool Save(const Calibration& calibration) { return store_.Save(calibration); }

 private:
  RecordStore<Calibration> store_;
};

}  // namespace tombola
