// Convolutions of any geometry, and of geometries that do not fit: what the
// loader lets through stays inside its arena (the sanitizers watch).
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/kernels_convolution.h"
#include "firmware/core/nn/network.h"

namespace tombola {
namespace {

using Image = std::vector<uint8_t>;

template <typename T>
void Append(Image* image, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  image->insert(image->end(), bytes, bytes + sizeof(value));
}

uint32_t RoundUp(uint32_t value, uint32_t step) {
  return (value + step - 1) / step * step;
}

class Drawn {
 public:
  uint16_t From(uint32_t low, uint32_t high) {
    return static_cast<uint16_t>(low + random_.Next() % (high - low + 1));
  }

  AxisRecord Axis() {
    AxisRecord axis = {From(1, 7), From(1, 9), From(1, 4),
                       From(1, 3), From(1, 3), 0,
                       1,          From(0, 2), From(1, 3)};
    axis.before = static_cast<int16_t>(From(0, 9) - 3);
    if (axis.first < axis.output) {
      axis.positions = From(1, (axis.output - axis.first - 1u) / axis.step + 1);
    }
    return axis;
  }

  // A network of one convolution: mostly a sound one.
  Image Ticket() {
    const uint16_t kind = From(kConvolution8, kConvolution16Twice);
    const bool wide = kind != kConvolution8;
    ConvolutionRecord record = {};
    record.output = 1;
    record.scratch = 2;
    record.patches = From(0, 1) ? 4 : 1;
    record.batch = From(1, 2);
    record.groups = From(1, 3);
    record.input_channels = static_cast<uint16_t>(record.groups * From(1, 6));
    record.output_channels = static_cast<uint16_t>(record.groups * From(1, 5));
    record.low = From(0, 1) ? -32768 : -3;
    record.high = From(0, 1) ? 32767 : 5;
    record.rows = Axis();
    record.columns = Axis();
    const uint32_t taps = RoundUp(
        record.rows.kernel * record.columns.kernel *
            static_cast<uint32_t>(record.input_channels / record.groups),
        8);
    const uint32_t counts[] = {
        static_cast<uint32_t>(record.batch * record.rows.input *
                              record.columns.input * record.input_channels),
        static_cast<uint32_t>(record.batch * record.rows.output *
                              record.columns.output * record.output_channels),
        2 * taps * record.patches - (From(0, 9) == 0 ? From(1, 12) : 0u)};
    Image tensors;
    uint32_t arena = 0;
    for (uint32_t i = 0; i < 3; ++i) {
      const TensorType type = wide && i < 2 ? kInt16 : kInt8;
      const TensorRecord tensor = {
          arena, counts[i], 1.0f, type, static_cast<int8_t>(wide ? 0 : -128),
          0};
      arena = RoundUp(arena + TensorBytes(tensor), kTicketAlignment);
      Append(&tensors, tensor);
    }
    Image plan;
    const uint32_t filters =
        record.output_channels * (sizeof(FilterRecord) + taps);
    Append(&plan, OperatorRecord{kind, 0,
                                 static_cast<uint32_t>(sizeof(OperatorRecord) +
                                                       sizeof(record)) +
                                     filters});
    Append(&plan, record);
    for (uint32_t i = 0; i < filters; i += sizeof(uint32_t)) {
      Append(&plan, random_.Next());
    }
    const uint8_t largest_shift = From(0, 9) == 0 ? 32 : 31;
    for (uint32_t i = 0; i < record.output_channels; ++i) {
      const uint8_t shifts[] = {static_cast<uint8_t>(From(0, largest_shift)),
                                static_cast<uint8_t>(From(0, largest_shift))};
      std::memcpy(plan.data() + sizeof(OperatorRecord) + sizeof(record) +
                      i * (sizeof(FilterRecord) + taps) +
                      offsetof(FilterRecord, left),
                  shifts, sizeof(shifts));
    }
    if (From(0, 2) == 0) Spoil(&plan, sizeof(OperatorRecord), sizeof(record));
    if (From(0, 9) == 0) Spoil(&tensors, 0, tensors.size());
    return Whole(tensors, plan, arena);
  }

 private:
  // Puts a number that fits nowhere into one of the 16-bit fields.
  void Spoil(Image* image, size_t begin, size_t size) {
    const uint16_t numbers[] = {0, 1, 2, 5, 255, 16384, 32768, 65535};
    const uint16_t number = numbers[random_.Next() % 8];
    std::memcpy(image->data() + begin + random_.Next() % (size / 2) * 2,
                &number, sizeof(number));
  }

  static Image Whole(const Image& tensors, const Image& plan, uint32_t arena) {
    const uint32_t voice_at = sizeof(HeaderRecord);
    const uint32_t tensors_at = voice_at + sizeof(VoiceRecord);
    const auto plan_at = static_cast<uint32_t>(tensors_at + tensors.size());
    const auto plan_bytes = static_cast<uint32_t>(plan.size());
    HeaderRecord header = {};
    std::memcpy(header.magic, kTicketMagic, sizeof(kTicketMagic));
    header.version = kTicketVersion;
    header.header_bytes = sizeof(header);
    header.size = plan_at + plan_bytes;
    header.arena_bytes = arena;
    header.sections[kVoice] = {voice_at, sizeof(VoiceRecord)};
    header.sections[kTensors] = {tensors_at,
                                 static_cast<uint32_t>(tensors.size())};
    header.sections[kPorts] = {plan_at, 0};
    header.sections[kPlan] = {plan_at, plan_bytes};
    header.sections[kMetadata] = {header.size, 0};
    Image image;
    Append(&image, header);
    VoiceRecord voice = {};
    voice.name[0] = 'x';
    Append(&image, voice);
    image.insert(image.end(), tensors.begin(), tensors.end());
    image.insert(image.end(), plan.begin(), plan.end());
    const uint64_t checksum =
        Checksum(image.data() + kChecksumBegin, header.size - kChecksumBegin);
    std::memcpy(image.data() + offsetof(HeaderRecord, checksum), &checksum,
                sizeof(checksum));
    return image;
  }

  Xorshift random_;
};

TEST_CASE("convolutions of any geometry are refused or stay in their arena") {
  Drawn drawn;
  int refused = 0, sound = 0;
  for (int round = 0; round < 6000; ++round) {
    const Image image = drawn.Ticket();
    Ticket ticket;
    const TicketError error =
        ticket.Load(image.data(), static_cast<uint32_t>(image.size()));
    if (error != TicketError::kNone) {
      ++refused;
      continue;
    }
    std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t));
    Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
    Network network;
    REQUIRE(network.Init(ticket, &arena) == TicketError::kNone);
    network.Step();
    ++sound;
  }
  CHECK(refused > 1000);
  CHECK(sound > 1000);
}

}  // namespace
}  // namespace tombola
