// Operators with extreme fields, under a right checksum, on extreme
// activations: what the loader lets through has to be defined, and what the
// format says.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/kernels_activation.h"
#include "firmware/core/nn/kernels_dense.h"
#include "firmware/core/nn/kernels_elementwise.h"
#include "firmware/core/nn/kernels_quantize.h"
#include "firmware/core/nn/network.h"

namespace tombola {
namespace {

using Image = std::vector<uint8_t>;

constexpr uint32_t kCount = 8;  // elements of each of the three tensors
constexpr uint16_t kTensorCount = 3;
constexpr int16_t kExtremes[] = {-32768, -32767, -16384, -1,
                                 0,      1,      16384,  32767};

template <typename T>
void Append(Image* image, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  image->insert(image->end(), bytes, bytes + sizeof(value));
}

// A bare network of one operator on three tensors.
Image TicketOf(uint16_t kind, const Image& body) {
  constexpr uint32_t kVoiceAt = sizeof(HeaderRecord);
  constexpr uint32_t kTensorsAt = kVoiceAt + sizeof(VoiceRecord);
  constexpr uint32_t kPlanAt = kTensorsAt + kTensorCount * sizeof(TensorRecord);
  const uint32_t bytes = static_cast<uint32_t>(8 + body.size());
  HeaderRecord header = {};
  std::memcpy(header.magic, kTicketMagic, sizeof(kTicketMagic));
  header.version = kTicketVersion;
  header.header_bytes = sizeof(header);
  header.size = kPlanAt + bytes;
  header.arena_bytes = kTensorCount * kCount * sizeof(int16_t);
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
    const uint32_t offset = i * kCount * static_cast<uint32_t>(sizeof(int16_t));
    Append(&image, TensorRecord{offset, kCount, 1.0f, kInt16, 0, 0});
  }
  Append(&image, OperatorRecord{kind, 0, bytes});
  image.insert(image.end(), body.begin(), body.end());
  const uint64_t checksum =
      Checksum(image.data() + kChecksumBegin,
               static_cast<uint32_t>(image.size()) - kChecksumBegin);
  std::memcpy(image.data() + 8, &checksum, sizeof(checksum));
  return image;
}

// The third tensor after a step; nothing when the loader refuses the operator.
// The first holds the extremes upwards, the second upwards or downwards.
std::vector<int16_t> Run(uint16_t kind, const Image& body, bool downwards) {
  const Image image = TicketOf(kind, body);
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
  for (uint32_t i = 0; i < kCount; ++i) {
    network.Tensor(0).int16()[i] = kExtremes[i];
    network.Tensor(1).int16()[i] = kExtremes[downwards ? kCount - 1 - i : i];
  }
  network.Step();
  const int16_t* y = network.Tensor(2).int16();
  return {y, y + kCount};
}

template <typename Record>
Image Body(const Record& record) {
  Image body;
  Append(&body, record);
  return body;
}

// Values of fields that are near a limit.
class Extremes {
 public:
  template <typename T, size_t n>
  T Pick(const T (&values)[n]) {
    return values[random_.Next() % n];
  }

  uint16_t Tensor() { return Pick<uint16_t>({0, 0, 1, 1, 2, 3, 0xFFFF}); }

  uint8_t Shift() { return Pick<uint8_t>({0, 0, 1, 15, 16, 30, 31, 32, 255}); }

  Multiplier Factor() {
    const int32_t multiplier =
        Pick<int32_t>({0, 1, -1, 1 << 30, -(1 << 30), (1 << 30) + 1, INT32_MAX,
                       -INT32_MAX, INT32_MIN});
    const uint8_t shift = Shift();
    return random_.Next() % 4 == 0 ? Multiplier{multiplier, shift, 0, 0}
                                   : Multiplier{multiplier, 0, shift, 0};
  }

  BinaryRecord Binary() {
    const bool upside_down = random_.Next() % 16 == 0;
    return {Tensor(),
            Tensor(),
            2,
            0,
            upside_down ? int16_t{1} : int16_t{-32768},
            upside_down ? int16_t{0} : int16_t{32767}};
  }

  double Real() {
    return Pick<double>({0.0, -0.0, 0.5, 1.0, 2147483647.0, -2147483648.0,
                         4294967296.0, 5e-324, 1e-9, 0.499999999, 1e308,
                         __builtin_inf(), __builtin_nan("")});
  }

  Image Dense() {
    const uint16_t batches = Pick<uint16_t>({1, 1, 1, 1, 0, 2, 0xFFFF});
    Image body =
        Body(DenseRecord{Tensor(), 2, Tensor(), batches, -32768, 32767, 0});
    const uint16_t rows = Pick<uint16_t>({8, 8, 8, 4, 0, 0xFFFF});
    Append(&body, MatrixRecord{rows, kCount, kDoubleScaling, 0, 0});
    const Multiplier filler = Factor();
    for (uint32_t block = 0; block < kCount / kLanes; ++block) {
      for (uint32_t i = 0; i < kCount * kLanes / sizeof(filler); ++i) {
        Append(&body, filler);
      }
      DoubleScales scales;
      for (uint32_t row = 0; row < kLanes; ++row) {
        scales.bias[row] = Pick<int32_t>({0, 1, INT32_MIN, INT32_MAX});
        scales.scale[row] = Real();
      }
      Append(&body, scales);
    }
    return body;
  }

  Image Any(uint16_t kind) {
    switch (kind) {
      case kDense:
        return Dense();
      case kAdd:
        return Body(AddRecord{Binary(), 0, Factor(), Factor(), Factor()});
      case kAddShifted:
        return Body(AddShiftedRecord{Binary(), Shift(), Shift(),
                                     Pick<int8_t>({1, -1, 0, 127, -128}), 0});
      case kMultiply:
        return Body(MultiplyRecord{Binary(), 0, Factor()});
      case kRescale:
        return Body(RescaleRecord{Tensor(), 2, 0, Factor()});
      default:
        return Body(ActivationRecord{
            Tensor(), 2, Pick<uint16_t>({0, 1, 32767, 32768, 65535}), Shift()});
    }
  }

 private:
  Xorshift random_;
};

TEST_CASE("operators of extreme fields are refused or defined") {
  Extremes extremes;
  for (const uint16_t kind :
       {kDense, kAdd, kAddShifted, kMultiply, kLogistic, kTanh, kRescale}) {
    int refused = 0, sound = 0;
    for (int round = 0; round < 4000; ++round) {
      const bool ran = !Run(kind, extremes.Any(kind), round % 2 != 0).empty();
      ++(ran ? sound : refused);
    }
    CAPTURE(kind);
    CHECK(refused > 300);
    CHECK(sound > 100);
  }
}

// docs/formats/ticket.md's scale(v, f), where nothing can pass the integers.
int64_t Scale(int64_t value, const Multiplier& factor) {
  const int64_t product =
      (value * (1 << factor.left) * factor.multiplier + (int64_t{1} << 30)) >>
      31;
  const int64_t half = factor.right > 0 ? int64_t{1} << (factor.right - 1) : 0;
  const int64_t size =
      ((product < 0 ? -product : product) + half) >> factor.right;
  return product < 0 ? -size : size;
}

int16_t Clamped(int64_t value) {
  return static_cast<int16_t>(value < -32768  ? -32768
                              : value > 32767 ? 32767
                                              : value);
}

TEST_CASE(
    "element-wise operators of extreme factors give the format's values") {
  Extremes extremes;
  const BinaryRecord all = {0, 1, 2, 0, -32768, 32767};
  for (int round = 0; round < 4000; ++round) {
    const bool down = round % 2 != 0;
    const Multiplier fa = extremes.Factor(), fb = extremes.Factor(),
                     fs = extremes.Factor();
    const auto sums = Run(kAdd, Body(AddRecord{all, 0, fa, fb, fs}), down);
    const auto products =
        Run(kMultiply, Body(MultiplyRecord{all, 0, fa}), down);
    const auto scaled = Run(kRescale, Body(RescaleRecord{0, 2, 0, fa}), down);
    CAPTURE(fa.multiplier);
    CAPTURE(fb.multiplier);
    CAPTURE(fs.multiplier);
    for (uint32_t i = 0; i < kCount; ++i) {
      const int64_t a = kExtremes[i];
      const int64_t b = kExtremes[down ? kCount - 1 - i : i];
      if (!sums.empty()) {
        const int64_t sum = Scale(a * 32768, fa) + Scale(b * 32768, fb);
        REQUIRE(sums[i] == Clamped(Scale(sum, fs)));
      }
      if (!products.empty()) {
        REQUIRE(products[i] == Clamped(Scale(a * b, fa)));
      }
      if (!scaled.empty()) REQUIRE(scaled[i] == Clamped(Scale(a, fa)));
    }
  }
}

}  // namespace
}  // namespace tombola
