// Convolutions of any geometry, and of geometries that do not fit: what the
// loader lets through stays inside its arena (the sanitizers watch).
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/convolution_filter.h"
#include "firmware/core/nn/kernels_convolution.h"
#include "firmware/core/nn/kernels_depthwise.h"
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
    const uint16_t kind = From(kConvolution8, kDepthwise16);
    const bool depthwise = kind == kDepthwise8 || kind == kDepthwise16;
    const bool wide = kind != kConvolution8 && kind != kDepthwise8;
    const uint16_t groups = From(1, 3);
    WindowRecord window = {};
    window.output = 1;
    window.scratch = 2;
    window.batch = From(1, 2);
    window.input_channels = static_cast<uint16_t>(groups * From(1, 6));
    window.output_channels = static_cast<uint16_t>(
        (depthwise ? window.input_channels : groups) * From(1, 5));
    window.low = From(0, 1) ? -32768 : -3;
    window.high = From(0, 1) ? 32767 : 5;
    window.rows = Axis();
    window.columns = Axis();
    Image plan;
    Append(&plan, OperatorRecord{kind, 0, 0});
    Append(&plan, window);
    const uint32_t scratch = depthwise
                                 ? AppendDepthwise(window, &plan)
                                 : AppendConvolution(window, groups, &plan);
    const auto bytes = static_cast<uint32_t>(plan.size());
    std::memcpy(plan.data() + offsetof(OperatorRecord, bytes), &bytes,
                sizeof(bytes));
    const uint32_t counts[] = {
        Elements(window, window.rows.input, window.columns.input,
                 window.input_channels),
        Elements(window, window.rows.output, window.columns.output,
                 window.output_channels),
        scratch - (From(0, 9) == 0 ? From(1, 12) : 0u)};
    Image tensors;
    uint32_t arena = 0;
    for (uint32_t i = 0; i < 3; ++i) {
      const TensorType type = wide && i < 2 ? kInt16 : kInt8;
      const int8_t zero_point = wide ? 0 : -128;
      const TensorRecord tensor = {arena, counts[i], 1.0f, type, zero_point, 0};
      arena = RoundUp(arena + TensorBytes(tensor), kTicketAlignment);
      Append(&tensors, tensor);
    }
    if (From(0, 2) == 0) {
      Spoil(&plan, sizeof(OperatorRecord), sizeof(ConvolutionRecord));
    }
    if (From(0, 9) == 0) Spoil(&tensors, 0, tensors.size());
    return Whole(tensors, plan, arena);
  }

 private:
  static uint32_t Elements(const WindowRecord& window, uint32_t rows,
                           uint32_t columns, uint32_t channels) {
    return window.batch * rows * columns * channels;
  }

  // Both return the bytes of scratch.
  uint32_t AppendConvolution(const WindowRecord& window, uint16_t groups,
                             Image* plan) {
    const uint16_t patches = From(0, 1) ? 4 : 1;
    Append(plan, groups);
    Append(plan, patches);
    const uint32_t seen = window.input_channels / groups;
    const uint32_t taps =
        RoundUp(window.rows.kernel * window.columns.kernel * seen, 8);
    for (uint32_t i = 0; i < window.output_channels; ++i) {
      Append(plan, Filter());
      AppendWeights(taps, plan);
    }
    return 2 * taps * patches;
  }

  uint32_t AppendDepthwise(const WindowRecord& window, Image* plan) {
    Append(plan, uint32_t{0});
    for (uint32_t i = 0; i < window.output_channels; ++i) {
      Append(plan, Filter());
    }
    const auto places =
        static_cast<uint32_t>(window.rows.kernel * window.columns.kernel);
    AppendWeights(RoundUp(places * RoundUpToLanes(window.output_channels), 8),
                  plan);
    return 8 * places;
  }

  // Of any numbers, but for the shifts.
  FilterRecord Filter() {
    const uint32_t largest_shift = From(0, 30) == 0 ? 32 : 31;
    return {static_cast<int32_t>(random_.Next()),
            static_cast<int32_t>(random_.Next()),
            static_cast<int32_t>(random_.Next()),
            static_cast<uint8_t>(From(0, largest_shift)),
            static_cast<uint8_t>(From(0, largest_shift)),
            static_cast<int16_t>(random_.Next())};
  }

  void AppendWeights(uint32_t bytes, Image* plan) {
    for (uint32_t i = 0; i < bytes; i += sizeof(uint32_t)) {
      Append(plan, random_.Next());
    }
  }

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
