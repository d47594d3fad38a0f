#include "firmware/core/protocol/frame.h"

#include "firmware/core/protocol/crc32.h"

namespace tombola {
namespace {

constexpr uint8_t kAnswers = 0x80;  // added to the command of an answer

uint32_t ReadWord(const uint8_t* bytes) {
  uint32_t word = 0;
  for (int i = 3; i >= 0; --i) word = word << 8 | bytes[i];
  return word;
}

void WriteWord(uint32_t word, uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(word >> 8 * i);
}

}  // namespace

bool FrameReader::Put(uint8_t byte) {
  uint8_t content_byte = 0;
  switch (cobs_.Put(byte, &content_byte)) {
    case CobsReader::Step::kNothing:
      return false;
    case CobsReader::Step::kByte:
      if (size_ < kMaxBytes) content()[size_] = content_byte;
      if (size_ <= kMaxBytes) ++size_;  // one more says that it is too long
      return false;
    case CobsReader::Step::kEnd:
      whole_ = size_;
      size_ = 0;
      if (whole_ == 0) return false;  // zeros in a row mean nothing
      if (Undamaged()) return true;
      break;
    case CobsReader::Step::kBroken:
      size_ = 0;
      break;
  }
  ++damaged_;
  return false;
}

bool FrameReader::Undamaged() const {
  if (whole_ < kMinBytes || whole_ > kMaxBytes) return false;
  const size_t covered = whole_ - kCrcBytes;
  return Crc32(content(), covered) == ReadWord(content() + covered);
}

Frame FrameReader::frame() const {
  return {content()[0], content()[1], content()[2], content() + kHeaderBytes,
          whole_ - kMinBytes};
}

void FrameWriter::Finish(const Frame& request, protocol::Result result,
                         size_t size) {
  uint8_t* frame = body() - kHeaderBytes;
  frame[0] = protocol::kVersion;
  frame[1] = request.sequence;
  frame[2] = request.command | kAnswers;
  frame[3] = static_cast<uint8_t>(result);
  const size_t covered = kHeaderBytes + size;
  WriteWord(Crc32(frame, covered), frame + covered);
  wire_size_ = CobsStuff(frame, covered + kCrcBytes, wire_);
  wire_[wire_size_++] = 0;
}

}  // namespace tombola
