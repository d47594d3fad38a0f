#include "firmware/core/storage/record_store.h"

namespace tombola {

const char* Describe(RecordState state) {
  switch (state) {
    case RecordState::kSound:
      return "it was read from flash";
    case RecordState::kOlder:
      return "an older firmware saved it; what it did not know has its default";
    case RecordState::kNewer:
      return "a newer firmware saved it; what this one does not know was left "
             "out";
    case RecordState::kBlank:
      return "nothing was saved yet; the defaults hold";
    case RecordState::kDamaged:
      return "nothing in flash can be read; the defaults hold";
    case RecordState::kNoFlash:
      return "the flash chip does not answer; the defaults hold and nothing "
             "can be saved";
  }
  return "unknown";
}

}  // namespace tombola
