// Tickets of one operator on three tensors, for tests of what the loader lets
// through.

#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/fixed_point.h"
#include "firmware/core/nn/network.h"

namespace tombola {

using Image = std::vector<uint8_t>;

constexpr uint32_t kCount = 8;  // elements of each of the three tensors
constexpr uint32_t kTensorCount = 3;
constexpr int16_t kExtremes[kCount] = {-32768, -32767, -16384, -1,
                                       0,      1,      16384,  32767};

// One of three tensors.
struct TestTensor {
  TensorType type = kInt16;
  int8_t zero_point = 0;
};

using TestTensors = TestTensor[kTensorCount];

constexpr TestTensors kAllInt16 = {};

template <typename T>
void Append(Image* image, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  image->insert(image->end(), bytes, bytes + sizeof(value));
}

template <typename Record>
Image Body(const Record& record) {
  Image body;
  Append(&body, record);
  return body;
}

// A bare network of one operator on three tensors.
inline Image TicketOf(uint16_t kind, const Image& body,
                      const TestTensors& tensors) {
  constexpr uint32_t kVoiceAt = sizeof(HeaderRecord);
  constexpr uint32_t kTensorsAt = kVoiceAt + sizeof(VoiceRecord);
  constexpr uint32_t kPlanAt = kTensorsAt + kTensorCount * sizeof(TensorRecord);
  constexpr uint32_t kTensorBytes = kCount * sizeof(float);
  const uint32_t bytes = static_cast<uint32_t>(8 + body.size());
  HeaderRecord header = {};
  std::memcpy(header.magic, kTicketMagic, sizeof(kTicketMagic));
  header.version = kTicketVersion;
  header.header_bytes = sizeof(header);
  header.size = kPlanAt + bytes;
  header.arena_bytes = kTensorCount * kTensorBytes;
  header.sections[kVoice] = {kVoiceAt, sizeof(VoiceRecord)};
  header.sections[kTensors] = {kTensorsAt, kTensorCount * sizeof(TensorRecord)};
  header.sections[kPorts] = {kPlanAt, 0};
  header.sections[kPlan] = {kPlanAt, bytes};
  header.sections[kMetadata] = {header.size, 0};
  Image image;
  Append(&image, header);
  VoiceRecord voice = {};
  voice.name[0] = 'x';
  Append(&image, voice);
  for (uint32_t i = 0; i < kTensorCount; ++i) {
    Append(&image, TensorRecord{i * kTensorBytes, kCount, 1.0f, tensors[i].type,
                                tensors[i].zero_point, 0});
  }
  Append(&image, OperatorRecord{kind, 0, bytes});
  image.insert(image.end(), body.begin(), body.end());
  const uint64_t checksum =
      Checksum(image.data() + kChecksumBegin,
               static_cast<uint32_t>(image.size()) - kChecksumBegin);
  std::memcpy(image.data() + 8, &checksum, sizeof(checksum));
  return image;
}

// The extreme of an element of an integer type.
inline int32_t ExtremeOf(TensorType type, uint32_t i) {
  return type == kInt8 ? kExtremes[i] >> 8 : kExtremes[i];
}

inline void SetExtremes(const Port& port, bool downwards) {
  constexpr float kFloats[kCount] = {
      -__builtin_inff(), -3.4e38f, -2.5f, -0.0f, 1e-45f, 0.5f, 3e9f,
      __builtin_nanf("")};
  for (uint32_t i = 0; i < kCount; ++i) {
    const uint32_t from = downwards ? kCount - 1 - i : i;
    if (port.type == kFloat32) {
      static_cast<float*>(port.data)[i] = kFloats[from];
    } else if (port.type == kInt8) {
      static_cast<int8_t*>(port.data)[i] =
          static_cast<int8_t>(ExtremeOf(kInt8, from));
    } else {
      static_cast<int16_t*>(port.data)[i] = kExtremes[from];
    }
  }
}

// The third tensor after a step (of float32 nothing of use); nothing when the
// loader refuses the operator. The first holds the extremes upwards, the second
// upwards or downwards.
inline std::vector<int32_t> Run(uint16_t kind, const Image& body,
                                bool downwards,
                                const TestTensors& tensors = kAllInt16) {
  const Image image = TicketOf(kind, body, tensors);
  Ticket ticket;
  const TicketError error =
      ticket.Load(image.data(), static_cast<uint32_t>(image.size()));
  if (error != TicketError::kNone) {
    REQUIRE(error == TicketError::kOperator);
    return {};
  }
  std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t));
  Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
  Network network;
  REQUIRE(network.Init(ticket, &arena) == TicketError::kNone);
  SetExtremes(network.Tensor(0), false);
  SetExtremes(network.Tensor(1), downwards);
  network.Step();
  const Port y = network.Tensor(2);
  std::vector<int32_t> result;
  for (uint32_t i = 0; i < kCount; ++i) {
    result.push_back(y.type == kInt8 ? static_cast<const int8_t*>(y.data)[i]
                                     : static_cast<const int16_t*>(y.data)[i]);
  }
  return result;
}

// Values of fields that are near a limit.
class Extremes {
 public:
  template <typename T, size_t n>
  T Pick(const T (&values)[n]) {
    return values[random_.Next() % n];
  }

  bool OneIn(uint32_t n) { return random_.Next() % n == 0; }

  uint16_t Tensor() { return Pick<uint16_t>({0, 0, 1, 1, 2, 3, 0xFFFF}); }

  uint8_t Shift() { return Pick<uint8_t>({0, 0, 1, 15, 16, 30, 31, 32, 255}); }

  Multiplier Factor() {
    const int32_t multiplier =
        Pick<int32_t>({0, 1, 1 << 30, (1 << 30) + 1, INT32_MAX - 1, INT32_MAX,
                       -1, INT32_MIN});
    const uint8_t shift = Shift();
    return OneIn(4) ? Multiplier{multiplier, shift, 0, 0}
                    : Multiplier{multiplier, 0, shift, 0};
  }

 private:
  Xorshift random_;
};

}  // namespace tombola
