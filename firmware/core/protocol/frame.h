// Frames of the serial protocol: docs/formats/protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/core/protocol/cobs.h"
#include "firmware/generated/protocol.h"

namespace tombola {

// A request as it arrived. The body lies in the reader, aligned for any field.
struct Frame {
  uint8_t version;
  uint8_t sequence;
  uint8_t command;
  const uint8_t* body;
  size_t size;
};

// Finds requests in a stream of bytes, whatever else is in it.
class FrameReader {
 public:
  // Takes a byte; true when it ended an undamaged frame, which then holds until
  // the next Put.
  bool Put(uint8_t byte);

  Frame frame() const;

  // Frames that were damaged, too short or too long.
  uint32_t damaged() const { return damaged_; }

 private:
  static constexpr size_t kHeaderBytes = 3;
  static constexpr size_t kCrcBytes = 4;
  static constexpr size_t kMinBytes = kHeaderBytes + kCrcBytes;
  static constexpr size_t kMaxBytes = kMinBytes + protocol::kBodyBytes;
  static constexpr size_t kAlignment = 8;

  bool Undamaged() const;
  // So that the body is aligned.
  uint8_t* content() { return bytes_ + kAlignment - kHeaderBytes; }
  const uint8_t* content() const { return bytes_ + kAlignment - kHeaderBytes; }

  CobsReader cobs_;
  size_t size_ = 0;   // of the frame that is coming in, as far as it came
  size_t whole_ = 0;  // of the frame that is held
  uint32_t damaged_ = 0;
  alignas(kAlignment) uint8_t bytes_[kAlignment + kMaxBytes];
};

// An answer in the making, and what it becomes on the wire.
class FrameWriter {
 public:
  static constexpr size_t kAlignment = 8;
  static constexpr size_t kHeaderBytes = 4;
  static constexpr size_t kCrcBytes = 4;
  static constexpr size_t kMaxBytes =
      kHeaderBytes + protocol::kBodyBytes + kCrcBytes;
  static constexpr size_t kWireBytes = CobsBytes(kMaxBytes) + 1;

  // Where the body goes, aligned for any field; protocol::kBodyBytes long.
  uint8_t* body() { return bytes_ + kAlignment; }

  // Makes the answer to `request` with `size` bytes of the body.
  void Finish(const Frame& request, protocol::Result result, size_t size);

  const uint8_t* wire() const { return wire_; }
  size_t wire_size() const { return wire_size_; }

 private:
  size_t wire_size_ = 0;
  alignas(kAlignment) uint8_t bytes_[kAlignment + kMaxBytes];
  uint8_t wire_[kWireBytes];
};

}  // namespace tombola
