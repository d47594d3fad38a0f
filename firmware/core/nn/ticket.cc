#include "firmware/core/nn/ticket.h"

#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/operators.h"

namespace tombola {
namespace {

// Notes and decibels, so that no arithmetic with them comes near infinity.
constexpr float kLargestRange = 1e6f;

constexpr float kLargestScale = 3.4028235e38f;  // finite

// Whether a zero ends the name inside its field, after `least` characters.
bool IsTerminated(const char* name, uint32_t size, uint32_t least) {
  for (uint32_t i = 0; i < size; ++i) {
    if (name[i] == '\0') return i >= least;
  }
  return false;
}

bool IsPrintable(const char* name) {
  for (; *name != '\0'; ++name) {
    if (*name < ' ' || *name > '~') return false;
  }
  return true;
}

// NaN fails both comparisons.
bool IsInRange(float value) {
  return value >= -kLargestRange && value <= kLargestRange;
}

bool IsValid(const VoiceRecord& voice) {
  return IsTerminated(voice.name, sizeof(voice.name), 1) &&
         voice.reserved == 0 && IsInRange(voice.pitch_low) &&
         IsInRange(voice.pitch_high) && IsInRange(voice.loudness_low) &&
         IsInRange(voice.loudness_high) &&
         (voice.voice == kVoiceNone ||
          (voice.pitch_low < voice.pitch_high &&
           voice.loudness_low < voice.loudness_high));
}

}  // namespace

const char* Describe(TicketError error) {
  switch (error) {
    case TicketError::kNone:
      return "the ticket is sound";
    case TicketError::kNotLoaded:
      return "no ticket is loaded; load one first";
    case TicketError::kTooShort:
      return "the ticket is shorter than its header; copy or convert it again";
    case TicketError::kAlignment:
      return "the ticket does not begin at a multiple of 8 bytes in memory; "
             "put "
             "it at one";
    case TicketError::kMagic:
      return "this is no ticket: it does not begin with TKT; give a .ticket "
             "file";
    case TicketError::kVersion:
      return "the ticket's format version is not 2; convert it with this "
             "release";
    case TicketError::kSize:
      return "the ticket's size is not what its header says; copy it again";
    case TicketError::kChecksum:
      return "the ticket's checksum does not match; copy it again";
    case TicketError::kHeader:
      return "the ticket's sections do not lie inside it, in order; convert it "
             "again";
    case TicketError::kVoice:
      return "the ticket's voice has no name or no sensible ranges; convert it "
             "again";
    case TicketError::kTensor:
      return "a tensor of the ticket lies outside its arena; convert it again";
    case TicketError::kPort:
      return "a port of the ticket has no proper name or tensor; convert it "
             "again";
    case TicketError::kOperatorKind:
      return "the ticket has an operator that this firmware does not know; "
             "update the firmware";
    case TicketError::kOperator:
      return "an operator of the ticket has tensors or factors that it may not "
             "have; "
             "convert it again";
    case TicketError::kWork:
      return "a step of the ticket takes more than 8,388,608 operations; trim "
             "it further";
    case TicketError::kArena:
      return "the ticket needs more memory than there is; trim it further";
  }
  return "unknown error";
}

TicketError Ticket::Load(const uint8_t* image, uint32_t size) {
  image_ = image;
  const TicketError error =
      image == nullptr ? TicketError::kTooShort : Check(size);
  if (error != TicketError::kNone) *this = Ticket();
  return error;
}

TicketError Ticket::Check(uint32_t size) {
  if (size < sizeof(HeaderRecord)) return TicketError::kTooShort;
  if (reinterpret_cast<uintptr_t>(image_) % kTicketAlignment != 0) {
    return TicketError::kAlignment;
  }
  header_ = Read<HeaderRecord>(image_);
  if (std::memcmp(header_.magic, kTicketMagic, sizeof(kTicketMagic)) != 0) {
    return TicketError::kMagic;
  }
  if (header_.version != kTicketVersion) return TicketError::kVersion;
  if (header_.size != size || size % sizeof(uint32_t) != 0) {
    return TicketError::kSize;
  }
  if (header_.checksum !=
      Checksum(image_ + kChecksumBegin, size - kChecksumBegin)) {
    return TicketError::kChecksum;
  }
  TicketError error = CheckSections();
  if (error != TicketError::kNone) return error;
  voice_ = Read<VoiceRecord>(section(kVoice));
  if (!IsValid(voice_)) return TicketError::kVoice;
  error = CheckTensors();
  if (error != TicketError::kNone) return error;
  error = CheckPorts();
  if (error != TicketError::kNone) return error;
  return CheckPlan();
}

TicketError Ticket::CheckSections() const {
  if (header_.header_bytes != sizeof(HeaderRecord)) {
    return TicketError::kHeader;
  }
  if (header_.arena_bytes > kMaxArenaBytes ||
      header_.arena_bytes % kTicketAlignment != 0) {
    return TicketError::kArena;
  }
  uint32_t end = sizeof(HeaderRecord);
  for (const SectionRecord& section : header_.sections) {
    if (section.offset % kTicketAlignment != 0 || section.offset < end ||
        section.offset > header_.size ||
        section.size > header_.size - section.offset) {
      return TicketError::kHeader;
    }
    end = section.offset + section.size;
  }
  const bool whole_records =
      header_.sections[kVoice].size == sizeof(VoiceRecord) &&
      header_.sections[kTensors].size % sizeof(TensorRecord) == 0 &&
      header_.sections[kPorts].size % sizeof(PortRecord) == 0;
  return whole_records ? TicketError::kNone : TicketError::kHeader;
}

TicketError Ticket::CheckTensors() const {
  uint32_t widths[kMaxGroups] = {};
  for (int i = 0; i < tensors(); ++i) {
    const TensorRecord record = tensor(i);
    if (record.type < kInt16 || record.type > kFloat32 ||
        (record.type != kInt8 && record.zero_point != 0) ||
        record.offset % kTicketAlignment != 0 || record.count == 0 ||
        record.count > kMaxElements || record.offset > header_.arena_bytes ||
        TensorBytes(record) > header_.arena_bytes - record.offset ||
        !(record.scale > 0.0f && record.scale <= kLargestScale) ||
        record.group >= kMaxGroups) {
      return TicketError::kTensor;
    }
    if (record.group == 0) continue;
    uint32_t* width = &widths[record.group];
    if (*width != 0 && *width != record.count) return TicketError::kTensor;
    *width = record.count;
  }
  return TicketError::kNone;
}

TicketError Ticket::CheckPorts() const {
  if (ports() > kMaxPorts) return TicketError::kPort;
  for (int i = 0; i < ports(); ++i) {
    const PortRecord record = port(i);
    if (record.kind < kInput || record.kind > kState || record.reserved != 0 ||
        record.tensor >= tensors() ||
        !IsTerminated(record.name, sizeof(record.name), 1) ||
        !IsPrintable(record.name)) {
      return TicketError::kPort;
    }
    for (int j = 0; j < i; ++j) {
      const PortRecord other = port(j);
      if (other.kind == record.kind &&
          std::strcmp(other.name, record.name) == 0) {
        return TicketError::kPort;
      }
    }
  }
  return TicketError::kNone;
}

TicketError Ticket::CheckPlan() const {
  uint32_t work = 0;
  for (const uint8_t* at = plan(); at != plan_end();) {
    const uint32_t left = static_cast<uint32_t>(plan_end() - at);
    if (left < sizeof(OperatorRecord)) return TicketError::kOperator;
    const OperatorRecord record = Read<OperatorRecord>(at);
    if (record.bytes < sizeof(record) || record.bytes > left ||
        record.bytes % kTicketAlignment != 0 || record.reserved != 0) {
      return TicketError::kOperator;
    }
    const OperatorFunctions* functions = FindOperator(record.kind);
    if (functions == nullptr) return TicketError::kOperatorKind;
    const Operator op = {this, at + sizeof(record),
                         static_cast<uint32_t>(record.bytes - sizeof(record)),
                         nullptr};
    if (!functions->check(op, &work)) return TicketError::kOperator;
    if (work > kMaxWork) return TicketError::kWork;
    at += record.bytes;
  }
  return TicketError::kNone;
}

const char* Ticket::metadata() const {
  return reinterpret_cast<const char*>(section(kMetadata));
}

uint32_t Ticket::metadata_bytes() const {
  return header_.sections[kMetadata].size;
}

int Ticket::tensors() const {
  return static_cast<int>(header_.sections[kTensors].size /
                          sizeof(TensorRecord));
}

int Ticket::ports() const {
  return static_cast<int>(header_.sections[kPorts].size / sizeof(PortRecord));
}

PortRecord Ticket::port(int index) const {
  return Read<PortRecord>(section(kPorts) +
                          static_cast<uint32_t>(index) * sizeof(PortRecord));
}

const uint8_t* Ticket::plan() const { return section(kPlan); }

const uint8_t* Ticket::plan_end() const {
  return plan() + header_.sections[kPlan].size;
}

}  // namespace tombola
