#include "firmware/core/protocol/cobs.h"

namespace tombola {
namespace {

// A code is the length of the run behind it, and one; this is the longest run,
// and the only one behind which no zero was left out.
constexpr uint8_t kFullRun = 0xff;

}  // namespace

size_t CobsStuff(const uint8_t* bytes, size_t count, uint8_t* out) {
  size_t code_at = 0;
  size_t size = 1;
  uint8_t code = 1;
  const auto end_run = [&] {
    out[code_at] = code;
    code_at = size++;
    code = 1;
  };
  for (size_t i = 0; i < count; ++i) {
    // Not before a byte follows: a full run at the end needs no code behind it.
    if (code == kFullRun) end_run();
    if (bytes[i] == 0) {
      end_run();
    } else {
      out[size++] = bytes[i];
      ++code;
    }
  }
  out[code_at] = code;
  return size;
}

CobsReader::Step CobsReader::Put(uint8_t byte, uint8_t* out) {
  if (byte == 0) {
    const bool whole = left_ == 0;
    left_ = 0;
    owes_zero_ = false;
    return whole ? Step::kEnd : Step::kBroken;
  }
  if (left_ > 0) {
    --left_;
    *out = byte;
    return Step::kByte;
  }
  const bool zero = owes_zero_;
  left_ = byte - 1;
  owes_zero_ = byte != kFullRun;
  *out = 0;
  return zero ? Step::kByte : Step::kNothing;
}

}  // namespace tombola
