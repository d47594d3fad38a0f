#include "firmware/core/nn/kernels_dense.h"

#include "firmware/core/nn/dsp_pairs.h"
#include "firmware/core/nn/fixed_point.h"

namespace tombola {
namespace {

constexpr double kTwoTo31 = 2147483648.0;

// Whether no sum that fits in 32 bits can leave them when it is scaled. NaN
// fails every comparison.
bool IsValidRow(const RowRecord& row) {
  const double size = row.bias < 0.0 ? -row.bias : row.bias;
  return size <= kTwoTo31 && row.scale >= 0.0 &&
         (kTwoTo31 + size) * row.scale < kTwoTo31 - 1.0;
}

bool CheckDense(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(DenseRecord)) return false;
  const DenseRecord record = Read<DenseRecord>(op.body);
  if (record.input >= op.ticket->tensors() ||
      record.output >= op.ticket->tensors() || record.low > record.high) {
    return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const uint32_t weight_bytes = RoundUpToLanes(input.count) * kLanes;
  const uint32_t block_bytes = weight_bytes + kLanes * sizeof(RowRecord);
  const uint32_t blocks = RoundUpToLanes(output.count) / kLanes;
  if (!AreApart(input, output) ||
      op.bytes != sizeof(DenseRecord) + blocks * block_bytes) {
    return false;
  }
  const uint8_t* block = op.body + sizeof(DenseRecord);
  for (uint32_t i = 0; i < blocks; ++i, block += block_bytes) {
    for (uint32_t row = 0; row < kLanes; ++row) {
      const uint8_t* bytes = block + weight_bytes + row * sizeof(RowRecord);
      if (!IsValidRow(Read<RowRecord>(bytes))) return false;
    }
  }
  *work += RoundUpToLanes(input.count) * RoundUpToLanes(output.count);
  return true;
}

// To the nearest whole number, ties away from zero: what round() does, which is
// in libm. The Cortex-M7 has it as one instruction.
inline int32_t RoundToNearest(double value) {
#if defined(__ARM_ARCH_7EM__) && (__ARM_FP & 8)
  float bits;
  asm("vcvta.s32.f64 %0, %P1" : "=t"(bits) : "w"(value));
  return Read<int32_t>(reinterpret_cast<const uint8_t*>(&bits));
#else
  const int32_t whole = static_cast<int32_t>(value);
  const double rest = value - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
#endif
}

// Adds up four rows over four columns at a time.
inline void SumFourRows(const uint8_t* weights, const int16_t* x,
                        uint32_t columns, uint32_t sums[kLanes]) {
  uint32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const uint8_t* input = reinterpret_cast<const uint8_t*>(x);
  const uint8_t* end = input + columns * sizeof(int16_t);
  while (input != end) {
    const uint32_t x01 = Read<uint32_t>(input);
    const uint32_t x23 = Read<uint32_t>(input + 4);
    const uint32_t row0 = Read<uint32_t>(weights);
    const uint32_t row1 = Read<uint32_t>(weights + 4);
    const uint32_t row2 = Read<uint32_t>(weights + 8);
    const uint32_t row3 = Read<uint32_t>(weights + 12);
    sum0 = DotPairs(WidenEvenBytes(row0), x01, sum0);
    sum0 = DotPairs(WidenOddBytes(row0), x23, sum0);
    sum1 = DotPairs(WidenEvenBytes(row1), x01, sum1);
    sum1 = DotPairs(WidenOddBytes(row1), x23, sum1);
    sum2 = DotPairs(WidenEvenBytes(row2), x01, sum2);
    sum2 = DotPairs(WidenOddBytes(row2), x23, sum2);
    sum3 = DotPairs(WidenEvenBytes(row3), x01, sum3);
    sum3 = DotPairs(WidenOddBytes(row3), x23, sum3);
    input += 8;
    weights += 16;
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

void RunDense(const Operator& op, uint8_t* memory) {
  const DenseRecord record = Read<DenseRecord>(op.body);
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* x = Elements(input, memory);
  int16_t* y = Elements(output, memory);
  const uint32_t columns = RoundUpToLanes(input.count);
  const int32_t low = record.low;
  const int32_t high = record.high;
  const uint8_t* bytes = op.body + sizeof(DenseRecord);
  for (uint32_t row = 0; row < output.count; row += kLanes) {
    uint32_t sums[kLanes];
    SumFourRows(bytes, x, columns, sums);
    bytes += columns * kLanes;
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      const RowRecord scaling = Read<RowRecord>(bytes);
      bytes += sizeof(RowRecord);
      // Exact: both are whole numbers below 2^32.
      const double sum = static_cast<int32_t>(sums[lane]) + scaling.bias;
      y[row + lane] = static_cast<int16_t>(
          Clamp(RoundToNearest(sum * scaling.scale), low, high));
    }
  }
}

}  // namespace

const OperatorFunctions kDenseFunctions = {CheckDense, RunDense};

}  // namespace tombola
