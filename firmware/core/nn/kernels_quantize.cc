#include "firmware/core/nn/kernels_quantize.h"

#include "firmware/core/nn/clamp.h"

namespace tombola {
namespace {

bool IsInteger(TensorType type) { return type == kInt8 || type == kInt16; }

// Whether the output may be written while the input is read, in order: in one
// type they may be the same, in two they are apart.
bool MayConvert(const Ticket& ticket, uint16_t input, uint16_t output) {
  if (input >= ticket.tensors() || output >= ticket.tensors()) return false;
  const TensorRecord from = ticket.tensor(input);
  const TensorRecord to = ticket.tensor(output);
  return from.count == to.count && from.group == to.group &&
         (AreApart(from, to) ||
          (from.type == to.type && from.offset == to.offset));
}

bool CheckRescale(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(RescaleRecord)) return false;
  const RescaleRecord record = Read<RescaleRecord>(op.body);
  if (!IsValid(record.scale) ||
      !MayConvert(*op.ticket, record.input, record.output)) {
    return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  *work += output.count;
  return IsInteger(input.type) &&
         (input.type == kInt16 || output.type == kInt16) &&
         AreBounds(output.type, record.low, record.high);
}

// An input is at most 255 in size in int8 and 2^15 in int16, so shifted to the
// left by 15 at most 2^30, and that only as -2^30.
template <typename From, typename To>
void Rescale(const Operator& op, const RescaleRecord& record, uint8_t* memory) {
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const From* x = Elements<From>(input, memory);
  To* const first = Elements<To>(output, memory);
  const uint32_t count = Count(op, output);
  const int32_t x_zero = sizeof(From) == 1 ? input.zero_point : 0;
  const int32_t y_zero = sizeof(To) == 1 ? output.zero_point : 0;
  const int32_t twice = 2 << record.scale.left;
  const Scaling scale(record.scale);
  for (To* y = first; y != first + count; ++x, ++y) {
    *y = Saturate<To>(scale.OfHalf((*x - x_zero) * twice, y_zero));
  }
  ClampElements(first, count, record.low, record.high);
}

void RunRescale(const Operator& op, uint8_t* memory) {
  const RescaleRecord record = Read<RescaleRecord>(op.body);
  if (op.ticket->tensor(record.input).type == kInt8) {
    Rescale<int8_t, int16_t>(op, record, memory);
  } else if (op.ticket->tensor(record.output).type == kInt8) {
    Rescale<int16_t, int8_t>(op, record, memory);
  } else {
    Rescale<int16_t, int16_t>(op, record, memory);
  }
}

// Of the two tensors the first is float32, the other int8 or int16.
bool IsValidEdge(const Operator& op, const FloatRecord& record, uint16_t plain,
                 uint16_t quantised, uint32_t* work) {
  if (record.reserved != 0 || !MayConvert(*op.ticket, plain, quantised)) {
    return false;
  }
  *work += op.ticket->tensor(plain).count;
  return op.ticket->tensor(plain).type == kFloat32 &&
         IsInteger(op.ticket->tensor(quantised).type);
}

bool CheckQuantize(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(FloatRecord)) return false;
  const FloatRecord record = Read<FloatRecord>(op.body);
  return IsValidEdge(op, record, record.input, record.output, work);
}

// To the nearest whole number, ties away from zero: what roundf() does, which
// is in libm. What is beyond 2^20 gives that, and NaN gives 0.
inline int32_t RoundToNearest(float value) {
  constexpr int32_t kLimit = 1 << 20;
#if defined(__ARM_ARCH_7EM__) && defined(__ARM_FP)
  float bits;
  asm("vcvta.s32.f32 %0, %1" : "=t"(bits) : "t"(value));
  return Clamp(Read<int32_t>(&bits), -kLimit, kLimit);
#else
  if (value >= static_cast<float>(kLimit)) return kLimit;
  if (value <= static_cast<float>(-kLimit)) return -kLimit;
  if (value != value) return 0;
  const int32_t whole = static_cast<int32_t>(value);
  const float rest = value - static_cast<float>(whole);
  return whole + (rest >= 0.5f) - (rest <= -0.5f);
#endif
}

template <typename T>
void Quantize(const TensorRecord& input, const TensorRecord& output,
              uint32_t count, uint8_t* memory) {
  const float* x = Elements<float>(input, memory);
  T* y = Elements<T>(output, memory);
  const float scale = output.scale;
  const int32_t zero = output.zero_point;
  for (uint32_t i = 0; i < count; ++i) {
    y[i] = Saturate<T>(RoundToNearest(x[i] / scale) + zero);
  }
}

void RunQuantize(const Operator& op, uint8_t* memory) {
  const FloatRecord record = Read<FloatRecord>(op.body);
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  if (output.type == kInt8) {
    Quantize<int8_t>(input, output, Count(op, output), memory);
  } else {
    Quantize<int16_t>(input, output, Count(op, output), memory);
  }
}

bool CheckDequantize(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(FloatRecord)) return false;
  const FloatRecord record = Read<FloatRecord>(op.body);
  return IsValidEdge(op, record, record.output, record.input, work);
}

template <typename T>
void Dequantize(const TensorRecord& input, const TensorRecord& output,
                uint32_t count, uint8_t* memory) {
  const T* x = Elements<T>(input, memory);
  float* y = Elements<float>(output, memory);
  const float scale = input.scale;
  const int32_t zero = input.zero_point;
  for (uint32_t i = 0; i < count; ++i) {
    y[i] = static_cast<float>(x[i] - zero) * scale;
  }
}

void RunDequantize(const Operator& op, uint8_t* memory) {
  const FloatRecord record = Read<FloatRecord>(op.body);
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  if (input.type == kInt8) {
    Dequantize<int8_t>(input, output, Count(op, output), memory);
  } else {
    Dequantize<int16_t>(input, output, Count(op, output), memory);
  }
}

}  // namespace

const OperatorFunctions kRescaleFunctions = {CheckRescale, RunRescale};
const OperatorFunctions kQuantizeFunctions = {CheckQuantize, RunQuantize};
const OperatorFunctions kDequantizeFunctions = {CheckDequantize, RunDequantize};

}  // namespace tombola
