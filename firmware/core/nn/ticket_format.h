// The records of a `.ticket` file as they lie in its bytes, little-endian.
// docs/formats/ticket.md describes them; converter/pack.py writes them.

#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tombola {

constexpr char kTicketMagic[4] = {'T', 'K', 'T', '\x1a'};
constexpr uint16_t kTicketVersion = 2;

// Of the image in memory, of its sections and operators, and of the arena.
constexpr uint32_t kTicketAlignment = 8;

// The checksum covers everything behind itself.
constexpr uint32_t kChecksumBegin = 16;

// What the module keeps free for the network, and so what every player has.
constexpr uint32_t kMaxArenaBytes = 64 * 1024;
constexpr uint32_t kMaxElements = 16384;
constexpr int kMaxPorts = 64;
constexpr uint32_t kMaxGroups = 32;

// Multiplications and elements of one step; 250 steps a second of this many
// would take several times what the module has.
constexpr uint32_t kMaxWork = 8u << 20;

enum Section { kVoice, kTensors, kPorts, kPlan, kMetadata, kSections };

struct SectionRecord {
  uint32_t offset;
  uint32_t size;
};

struct HeaderRecord {
  char magic[4];
  uint16_t version;
  uint16_t header_bytes;
  uint64_t checksum;
  uint32_t size;
  uint32_t arena_bytes;
  SectionRecord sections[kSections];
};
static_assert(sizeof(HeaderRecord) == 64, "as in docs/formats/ticket.md");

constexpr uint16_t kVoiceNone = 0;  // a bare network
constexpr uint16_t kVoiceTone = 1;
constexpr uint16_t kVoiceImpact = 2;
constexpr uint16_t kVoiceTexture = 3;

struct VoiceRecord {
  char name[32];  // UTF-8, padded with zeros, at least one
  uint16_t voice;
  uint16_t partials;
  uint16_t bands;
  uint16_t reserved;
  float pitch_low;  // MIDI notes
  float pitch_high;
  float loudness_low;  // A-weighted dB
  float loudness_high;
};
static_assert(sizeof(VoiceRecord) == 56, "as in docs/formats/ticket.md");

// kFloat32 is for what comes from outside and goes there.
enum TensorType : uint8_t { kInt16 = 1, kInt8 = 2, kFloat32 = 3 };

// One activation. In the arena it takes `count` rounded up to kLanes elements,
// so that kernels need no tails.
struct TensorRecord {
  uint32_t offset;  // bytes from the arena's start
  uint32_t count;
  float scale;  // real value = scale * (element - zero_point)
  TensorType type;
  int8_t zero_point;
  uint16_t group;  // of tensors whose width is set together; 0 is none
};
static_assert(sizeof(TensorRecord) == 16, "as in docs/formats/ticket.md");

enum PortKind : uint8_t { kInput = 1, kOutput = 2, kState = 3 };

struct PortRecord {
  uint16_t tensor;
  PortKind kind;
  uint8_t reserved;
  char name[28];  // ASCII, padded with zeros, at least one
};
static_assert(sizeof(PortRecord) == 32, "as in docs/formats/ticket.md");

// A record of the plan starts with this; `bytes` counts it too. The next record
// follows at once.
struct OperatorRecord {
  uint16_t kind;
  uint16_t reserved;
  uint32_t bytes;
};
static_assert(sizeof(OperatorRecord) == 8, "as in docs/formats/ticket.md");

// Elements and rows that a kernel takes at a time.
constexpr uint32_t kLanes = 4;

constexpr uint32_t RoundUpToLanes(uint32_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

constexpr uint32_t ElementBytes(TensorType type) {
  return type == kInt8 ? 1 : type == kInt16 ? 2 : 4;
}

constexpr uint32_t TensorBytes(const TensorRecord& tensor) {
  return RoundUpToLanes(tensor.count) * ElementBytes(tensor.type);
}

// Reads a record (or a number) that is aligned as the format has it. Copying is
// how C++ lets bytes become something else; the compiler leaves one load of it.
template <typename T>
T Read(const void* bytes) {
  static_assert(std::is_trivially_copyable<T>::value, "records are plain");
  T value;
  std::memcpy(&value, __builtin_assume_aligned(bytes, alignof(T)), sizeof(T));
  return value;
}

template <typename T>
void Write(T value, void* bytes) {
  std::memcpy(__builtin_assume_aligned(bytes, alignof(T)), &value, sizeof(T));
}

}  // namespace tombola
