// Operators that go element by element, with extreme fields, under a right
// checksum, on extreme activations of every type: what the loader lets through
// has to be defined, and what the format says.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "firmware/core/nn/kernels_activation.h"
#include "firmware/core/nn/kernels_elementwise.h"
#include "firmware/core/nn/kernels_quantize.h"
#include "firmware/core/nn/kernels_softmax.h"
#include "firmware/core/nn/softmax_table.h"
#include "tests/cpp/operator_ticket.h"

namespace tombola {
namespace {

constexpr uint16_t kKinds[] = {
    kAdd,         kAddShifted,   kMultiply, kMaximum,       kMinimum,
    kLogistic,    kTanh,         kTable,    kInterpolation, kLeakyRelu,
    kSoftmaxInt8, kSoftmaxInt16, kRescale,  kQuantize,      kDequantize};

BinaryRecord Binary(Extremes* extremes) {
  const bool upside_down = extremes->OneIn(16);
  const bool narrow = extremes->OneIn(2);
  return {extremes->Tensor(),
          extremes->Tensor(),
          2,
          0,
          static_cast<int16_t>(upside_down ? 1
                               : narrow    ? -128
                                           : -32768),
          static_cast<int16_t>(upside_down ? 0
                               : narrow    ? 127
                                           : 32767)};
}

// With bytes behind a record, mostly as many as it needs.
Image WithBytes(Image body, size_t needed, Extremes* extremes) {
  const size_t size = needed + (extremes->OneIn(8) ? 8 : 0);
  for (size_t i = 0; i < size; ++i) {
    body.push_back(extremes->Pick<uint8_t>({0, 1, 127, 128, 255}));
  }
  return body;
}

Image SoftmaxInt8(Extremes* extremes) {
  const auto entries = extremes->Pick<uint32_t>({1, 2, 255, 256, 257, 0});
  const uint32_t pairs = entries == 0 ? 1 : (entries + 1) / 2;
  Image body = Body(SoftmaxInt8Record{extremes->Tensor(), 2,
                                      extremes->Pick<uint32_t>({1, 2, 8, 0, 3}),
                                      entries, 0});
  Append(&body, extremes->Pick<uint32_t>({INT32_MAX, INT32_MAX, 0}));
  return WithBytes(body, pairs * 8 - sizeof(uint32_t), extremes);
}

Image Any(uint16_t kind, Extremes* extremes) {
  const uint16_t input = extremes->Tensor();
  switch (kind) {
    case kAdd: {
      const auto sign = [&] { return extremes->Pick<int8_t>({1, 1, -1, 0}); };
      return Body(AddRecord{Binary(extremes), sign(), sign(), 0,
                            extremes->Factor(), extremes->Factor()});
    }
    case kAddShifted:
      return Body(AddShiftedRecord{
          Binary(extremes), extremes->Shift(), extremes->Shift(),
          extremes->Pick<int8_t>({1, -1, 0, -128}), 0});
    case kMultiply:
      return Body(MultiplyRecord{Binary(extremes), 0, extremes->Factor()});
    case kMaximum:
    case kMinimum:
      return Body(ExtremeRecord{input, extremes->Tensor(), 2, 0});
    case kTable:
      return WithBytes(Body(LookupRecord{input, 2, 0}), 256, extremes);
    case kInterpolation:
      return WithBytes(Body(LookupRecord{input, 2, 0}), 1032, extremes);
    case kLeakyRelu:
      return Body(
          LeakyReluRecord{input, 2, 0, extremes->Factor(), extremes->Factor()});
    case kSoftmaxInt8:
      return SoftmaxInt8(extremes);
    case kSoftmaxInt16:
      return Body(SoftmaxInt16Record{input, 2,
                                     extremes->Pick<uint32_t>({1, 2, 8, 0, 3}),
                                     extremes->Factor()});
    case kRescale: {
      const BinaryRecord binary = Binary(extremes);
      return Body(
          RescaleRecord{input, 2, binary.low, binary.high, extremes->Factor()});
    }
    case kQuantize:
    case kDequantize:
      return Body(FloatRecord{input, 2, 0});
    default:
      return Body(SigmoidRecord{
          input, 2, extremes->Pick<uint16_t>({0, 1, 32767, 32768, 65535}),
          extremes->Shift()});
  }
}

TEST_CASE("element-wise operators of extreme fields are refused or defined") {
  Extremes extremes;
  for (const uint16_t kind : kKinds) {
    int refused = 0, sound = 0;
    for (int round = 0; round < 6000; ++round) {
      const auto type = extremes.Pick<TensorType>({kInt8, kInt16});
      const auto other = extremes.Pick<TensorType>({kInt8, kInt16, kFloat32});
      const auto zero = [&](TensorType of) {
        return of == kInt8 ? extremes.Pick<int8_t>({0, -128, 127}) : int8_t{0};
      };
      const bool mixed = kind >= kRescale || extremes.OneIn(8);
      const TensorType first = mixed ? other : type;
      const TensorType last = kind == kDequantize ? TensorType{kFloat32} : type;
      const TestTensors tensors = {
          {first, zero(first)}, {first, zero(first)}, {last, zero(last)}};
      const bool ran =
          !Run(kind, Any(kind, &extremes), round % 2 != 0, tensors).empty();
      ++(ran ? sound : refused);
    }
    CAPTURE(kind);
    CHECK(refused > 500);
    CHECK(sound > 50);
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

int64_t Clamped(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

// The least or largest element of a type, or one that is neither.
int16_t Bound(Extremes* extremes, TensorType type, bool is_low) {
  const int16_t whole[] = {
      static_cast<int16_t>(type == kInt8 ? INT8_MIN : INT16_MIN),
      static_cast<int16_t>(type == kInt8 ? INT8_MAX : INT16_MAX)};
  return extremes->OneIn(2) ? whole[is_low ? 0 : 1]
                            : static_cast<int16_t>(is_low ? 5 : 6);
}

int8_t Zero(Extremes* extremes, TensorType type) {
  return type == kInt8 ? extremes->Pick<int8_t>({0, -128, 127, 3}) : int8_t{0};
}

TEST_CASE("operators of two activations give the format's values") {
  Extremes extremes;
  for (int round = 0; round < 12000; ++round) {
    const bool down = round % 2 != 0;
    const auto type = extremes.Pick<TensorType>({kInt8, kInt16});
    const TestTensors tensors = {{type, Zero(&extremes, type)},
                                 {type, Zero(&extremes, type)},
                                 {type, Zero(&extremes, type)}};
    const int16_t low = Bound(&extremes, type, true);
    const int16_t high = Bound(&extremes, type, false);
    const BinaryRecord all = {0, 1, 2, 0, low, high};
    const int8_t a_sign = extremes.Pick<int8_t>({1, -1});
    const int8_t b_sign = extremes.Pick<int8_t>({1, -1});
    const Multiplier fa = extremes.Factor(), fb = extremes.Factor();
    const auto sums = Run(kAdd, Body(AddRecord{all, a_sign, b_sign, 0, fa, fb}),
                          down, tensors);
    const auto products =
        Run(kMultiply, Body(MultiplyRecord{all, 0, fa}), down, tensors);
    CAPTURE(fa.multiplier);
    CAPTURE(fb.multiplier);
    for (uint32_t i = 0; i < kCount; ++i) {
      const int64_t a = ExtremeOf(type, i) - tensors[0].zero_point;
      const int64_t b =
          ExtremeOf(type, down ? kCount - 1 - i : i) - tensors[1].zero_point;
      const int64_t y = tensors[2].zero_point;
      if (!sums.empty()) {
        const int64_t step = type == kInt8 ? 1 << 20 : 1 << 15;
        const int64_t sum =
            a_sign * (a * step / 2) + b_sign * Scale(b * step, fa);
        REQUIRE(sums[i] == Clamped(Scale(sum, fb) + y, low, high));
      }
      if (!products.empty()) {
        REQUIRE(products[i] == Clamped(Scale(a * b, fa) + y, low, high));
      }
    }
  }
}

TEST_CASE("operators of one activation give the format's values") {
  Extremes extremes;
  for (int round = 0; round < 6000; ++round) {
    const auto from = extremes.Pick<TensorType>({kInt8, kInt16});
    const auto to = extremes.Pick<TensorType>({kInt8, kInt16});
    const TestTensors tensors = {
        {from, Zero(&extremes, from)}, {}, {to, Zero(&extremes, to)}};
    const int16_t low = Bound(&extremes, to, true);
    const int16_t high = Bound(&extremes, to, false);
    const Multiplier fa = extremes.Factor(), fb = extremes.Factor();
    const auto scaled =
        Run(kRescale, Body(RescaleRecord{0, 2, low, high, fa}), false, tensors);
    const auto bent =
        Run(kLeakyRelu, Body(LeakyReluRecord{0, 2, 0, fa, fb}), false);
    CAPTURE(fa.multiplier);
    CAPTURE(fb.multiplier);
    for (uint32_t i = 0; i < kCount; ++i) {
      if (!scaled.empty()) {
        const int64_t x = ExtremeOf(from, i) - tensors[0].zero_point;
        const int64_t y = Scale(x, fa) + tensors[2].zero_point;
        REQUIRE(scaled[i] == Clamped(y, low, high));
      }
      if (!bent.empty()) {
        const int64_t x = kExtremes[i];
        REQUIRE(bent[i] == Clamped(Scale(x, x < 0 ? fb : fa), -32768, 32767));
      }
    }
  }
}

// As the reference fills a table at run time, from libm.
template <typename Function>
void CheckTable(const int16_t* entries, double low, double high,
                Function function) {
  const double step = (high - low) / 512;
  const auto rounded = [&](double x) {
    return std::round(function(x) * 32768);
  };
  for (int i = 0; i < 512; ++i) {
    const double x = low + i * step;
    const double line =
        std::round((function(low + (i + 1) * step) * 32768 + rounded(x)) / 2);
    const double beside = line - rounded(x + step / 2);
    const double entry = rounded(x) - std::round(beside / 2);
    REQUIRE(entries[i] == std::min(entry, 32767.0));
  }
  REQUIRE(entries[512] == std::min(rounded(high), 32767.0));
}

TEST_CASE("the tables of an int16 softmax are those that libm would give") {
  CheckTable(kSoftmaxTables.exponential, -10.0, 0.0,
             [](double x) { return std::exp(x); });
  CheckTable(kSoftmaxTables.reciprocal, 0.0, 1.0,
             [](double x) { return 1.0 / (1.0 + x); });
}

}  // namespace
}  // namespace tombola
