// A ticket taken apart, so that the fuzzer can change a tensor or an operator
// and leave the rest in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firmware/core/nn/ticket_format.h"

namespace tombola {

struct TicketParts {
  using Bytes = std::vector<uint8_t>;

  // One record of the plan, without its OperatorRecord.
  struct Step {
    uint16_t kind;
    Bytes body;
  };

  // False when the image is not even laid out as a ticket is.
  bool Split(const uint8_t* image, size_t size);

  // The image of these parts; nothing says that it is sound.
  Bytes Join() const;

  uint32_t arena_bytes;
  VoiceRecord voice;
  std::vector<TensorRecord> tensors;
  std::vector<PortRecord> ports;
  std::vector<Step> plan;
};

// Writes magic, version, size and checksum as they have to be.
void Seal(std::vector<uint8_t>* image);

}  // namespace tombola
