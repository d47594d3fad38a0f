#include "firmware/core/nn/kernels_activation.h"

#include "firmware/core/nn/sigmoid_table.h"

namespace tombola {
namespace {

constexpr uint32_t kLastSegment = SigmoidTable::kSize - 1;

// A multiplier above 15 bits comes unshifted, so that no product (and no
// rounding added to it) passes 2^31.
bool CheckActivation(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(ActivationRecord)) return false;
  const ActivationRecord record = Read<ActivationRecord>(op.body);
  if (record.shift > 31 ||
      (record.shift > 0 && record.multiplier > INT16_MAX) ||
      !MayStream(*op.ticket, record.input, record.output) ||
      op.ticket->tensor(record.output).type != kInt16) {
    return false;
  }
  *work += op.ticket->tensor(record.output).count;
  return true;
}

template <typename Kernel>
void ForEachElement(const Operator& op, uint8_t* memory, Kernel kernel) {
  const ActivationRecord record = Read<ActivationRecord>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* x = Elements<int16_t>(op.ticket->tensor(record.input), memory);
  int16_t* y = Elements<int16_t>(output, memory);
  const int32_t multiplier = record.multiplier;
  const int shift = record.shift;
  const int32_t half = shift > 0 ? int32_t{1} << (shift - 1) : 0;
  const uint32_t count = Count(op, output);
  for (uint32_t i = 0; i < count; ++i) {
    y[i] = kernel((x[i] * multiplier + half) >> shift);
  }
}

// The line between the two entries around magnitude / 2^bits, times 2^bits;
// `beyond` past the table's end.
inline int32_t Interpolate(uint32_t magnitude, int bits, int32_t beyond) {
  const uint32_t segment = magnitude >> bits;
  if (segment >= kLastSegment) return beyond;
  const uint32_t fraction = magnitude & ((1u << bits) - 1);
  const uint32_t from = kSigmoidTable.entries[segment];
  const uint32_t to = kSigmoidTable.entries[segment + 1];
  return static_cast<int32_t>((from << bits) + fraction * (to - from));
}

inline uint32_t Magnitude(int32_t value) {
  return value < 0 ? 0u - static_cast<uint32_t>(value)
                   : static_cast<uint32_t>(value);
}

void RunLogistic(const Operator& op, uint8_t* memory) {
  ForEachElement(op, memory, [](int32_t x) {
    constexpr int kBits = 9;
    constexpr int32_t kOne = 1 << (16 + kBits);
    constexpr int32_t kHalf = 1 << kBits;
    const int32_t y =
        Interpolate(Magnitude(x), kBits, INT16_MAX << (kBits + 1));
    return static_cast<int16_t>((x >= 0 ? y + kHalf : kOne - y + kHalf - 1) >>
                                (kBits + 1));
  });
}

// tanh(x) = 2 sigmoid(2 x) - 1: the same table at half the distance.
void RunTanh(const Operator& op, uint8_t* memory) {
  ForEachElement(op, memory, [](int32_t x) {
    constexpr int kBits = 8;
    constexpr int32_t kZero = 1 << (15 + kBits);
    constexpr int32_t kHalf = 1 << (kBits - 1);
    const int32_t y = Interpolate(Magnitude(x), kBits, UINT16_MAX << kBits);
    return static_cast<int16_t>(
        (x >= 0 ? y - kZero + kHalf : kZero - y + kHalf - 1) >> kBits);
  });
}

}  // namespace

const OperatorFunctions kLogisticFunctions = {CheckActivation, RunLogistic};
const OperatorFunctions kTanhFunctions = {CheckActivation, RunTanh};

}  // namespace tombola
