#pragma once

#include <cstdint>

#include "firmware/core/nn/ticket_format.h"

namespace tombola {

// Why an image is no ticket that this firmware can play.
enum class TicketError : uint8_t {
  kNone,
  kNotLoaded,
  kTooShort,
  kAlignment,
  kMagic,
  kVersion,
  kSize,
  kChecksum,
  kHeader,
  kVoice,
  kTensor,
  kPort,
  kOperatorKind,
  kOperator,
  kWork,
  kArena,
};

// One sentence for a person, without the ticket's name.
const char* Describe(TicketError error);

// A checked view of a `.ticket` image (docs/formats/ticket.md). It copies
// nothing: the image (flash, or a slot) has to outlive the ticket and to stay
// as it was when it was loaded.
class Ticket {
 public:
  // `image` lies at a multiple of 8 bytes, and `size` is one of 4.
  // Checks every byte that is ever used: magic, version, size, checksum,
  // sections, tensors, ports and each operator with the bounds of what it reads
  // and writes. Its work is bounded by `size`. After an error the ticket is
  // empty.
  TicketError Load(const uint8_t* image, uint32_t size);

  bool loaded() const { return image_ != nullptr; }

  // The parameters of the voice that the network was trained for.
  const VoiceRecord& voice() const { return voice_; }

  // Bytes of arena that Network::Init takes.
  uint32_t arena_bytes() const { return header_.arena_bytes; }

  // UTF-8 JSON for people and tools, not terminated by a zero.
  const char* metadata() const;
  uint32_t metadata_bytes() const;

  int tensors() const;
  int ports() const;
  TensorRecord tensor(int index) const {
    return Read<TensorRecord>(section(kTensors) + static_cast<uint32_t>(index) *
                                                      sizeof(TensorRecord));
  }
  PortRecord port(int index) const;

  // The operators, one after another, and the first byte behind them.
  const uint8_t* plan() const;
  const uint8_t* plan_end() const;

 private:
  TicketError Check(uint32_t size);
  TicketError CheckSections() const;
  TicketError CheckTensors() const;
  TicketError CheckPorts() const;
  TicketError CheckPlan() const;
  const uint8_t* section(Section which) const {
    return image_ + header_.sections[which].offset;
  }

  const uint8_t* image_ = nullptr;
  HeaderRecord header_ = {};
  VoiceRecord voice_ = {};
};

}  // namespace tombola
